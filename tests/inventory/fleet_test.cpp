// The example fleet that ships: it must load without a warning, and mean what its comments say.

#include <cef/inventory/load.hpp>
#include <cef/inventory/selector.hpp>

#include <catch2/catch.hpp>

namespace cef::inventory {

namespace {

const std::filesystem::path example = std::filesystem::path(CEF_SOURCE) / "inventory";

Loaded load_example(const std::filesystem::path& source) {
  auto loaded = load({source});
  if (!loaded) FAIL(show(loaded.error().front()));
  return std::move(*loaded);
}

}  // namespace

TEST_CASE("every file of the example inventory loads without a warning", "[inventory]") {
  CHECK(load_example(example).warnings.empty());
  for (const auto& entry : std::filesystem::directory_iterator(example))
    if (entry.is_regular_file() && entry.path().extension() == ".yml")
      CHECK(load_example(entry.path()).warnings.empty());
}

TEST_CASE("the example inventory means what it says", "[inventory]") {
  const Inventory inventory = load_example(example).inventory;
  REQUIRE(inventory.hosts().size() == 10);
  const Settings& first = inventory.host("rpi6401")->settings;
  CHECK(first.address == "edge.example.net");
  CHECK(first.port == 39001);
  CHECK(first.user == "operator");
  CHECK(first.key_files == std::vector<std::string>{"~/.ssh/id_ed25519"});
  CHECK(first.become == true);
  CHECK(first.connect_timeout == Milliseconds(30'000));
  CHECK(first.site == "lab");
  CHECK(first.tags == std::vector<std::string>{"arm64", "camera"});
  CHECK(inventory.host("rpi6406")->settings.port == 39006);
  CHECK(inventory.host("rpi6471")->settings.port == std::nullopt);
  CHECK(inventory.host("rpi6471")->groups == std::vector<std::string>{"rpi", "edge"});
  CHECK(inventory.host("p01")->settings.jump == "w01");
  CHECK(inventory.host("p01")->settings.connect_timeout == Milliseconds(10'000));
  CHECK(inventory.host("c01")->settings.local);
  CHECK(inventory.host("w01")->vars["ntp_servers"].size() == 2);
  const auto edge = select(inventory, {{Selector::Key::group, false, {"edge"}}}, {});
  REQUIRE(edge);
  CHECK(edge->size() == 7);
}

}  // namespace cef::inventory
