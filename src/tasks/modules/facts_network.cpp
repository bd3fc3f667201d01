#include "modules/facts.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>

namespace cef::tasks::modules {

namespace {

std::string dotted(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24U, (address >> 16U) & 255U, (address >> 8U) & 255U, address & 255U);
}

std::uint32_t number_of_address(const std::string& text) {
  in_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1 ? ntohl(address.s_addr) : 0;
}

// What follows a word in a line of `ip`.
std::string after(const std::vector<std::string>& words, std::string_view word) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == word) return words[i + 1];
  return "";
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  for (std::string& word : fields_of(line, ' '))
    if (!word.empty() && word != "\\") words.push_back(std::move(word));
  return words;
}

Value address4(const std::vector<std::string>& words) {
  const auto slash = words[3].find('/');
  const std::string address = words[3].substr(0, slash);
  const std::string bits = slash == std::string::npos ? "32" : words[3].substr(slash + 1);
  const auto prefix = static_cast<std::uint32_t>(number_of(bits));
  const std::uint32_t mask = prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - std::min<std::uint32_t>(prefix, 32));
  return {{"address", address},
          {"broadcast", after(words, "brd")},
          {"netmask", dotted(mask)},
          {"network", dotted(number_of_address(address) & mask)},
          {"prefix", bits}};
}

std::string fact_name(std::string name) {
  for (char& c : name)
    if (c == '-' || c == '.' || c == ':') c = '_';
  return name;
}

std::string type_of(const std::vector<std::string>& fields) {
  if (!fields[4].empty()) return fields[4];
  if (fields[5] == "772") return "loopback";
  if (fields[5] == "1") return "ether";
  if (fields[5] == "65534") return "tunnel";
  return "unknown";
}

void put_default(Value& facts, const Answer& answer, const char* route, const char* fact, const Value& interfaces) {
  Value found = Value::object();
  const auto words = words_of(std::string(first_line(answer.text(route))));
  const std::string device = after(words, "dev");
  if (!device.empty() && interfaces.contains(device)) {
    const Value& interface = interfaces[device];
    const bool four = std::string_view(fact) == "default_ipv4";
    if (four && interface.contains("ipv4")) found = interface["ipv4"];
    if (!four && interface.contains("ipv6")) {
      for (const Value& address : interface["ipv6"])
        if (found.empty() || address["scope"] == "global") found = address;
    }
    if (!found.empty()) {
      found["gateway"] = after(words, "via");
      found["interface"] = device;
      found["macaddress"] = interface.value("macaddress", "");
      found["mtu"] = interface.value("mtu", std::int64_t{0});
      found["type"] = interface.value("type", "");
      if (four) found["alias"] = device;
    }
  }
  facts[fact] = std::move(found);
}

}  // namespace

void put_network_facts(Value& facts, const Answer& answer) {
  Value interfaces = Value::object(), names = Value::array(), all4 = Value::array(), all6 = Value::array();
  for (const std::string& line : answer.all("interface")) {
    auto fields = fields_of(line, '|');
    fields.resize(7);
    names.push_back(fields[0]);
    Value interface {
      {"device", fields[0]}, {"mtu", number_of(fields[1])}, { "active", fields[3] == "up" || fields[5] == "772" }
    };
    interface["type"] = type_of(fields);
    if (fields[5] != "772" && !fields[2].empty()) interface["macaddress"] = fields[2];
    if (!fields[6].empty() && fields[6][0] != '-') interface["speed"] = number_of(fields[6]);
    interfaces[fields[0]] = std::move(interface);
  }
  for (const std::string& line : lines_of(answer.text("addresses"))) {
    const auto words = words_of(line);
    if (words.size() < 4) continue;
    const std::string device = words[1].substr(0, words[1].find('@'));
    Value& interface = interfaces[device];
    if (words[2] == "inet") {
      Value address = address4(words);
      if (!address["address"].get<std::string>().starts_with("127.")) all4.push_back(address["address"]);
      if (interface.contains("ipv4"))
        interface["ipv4_secondaries"].push_back(std::move(address));
      else
        interface["ipv4"] = std::move(address);
    } else if (words[2] == "inet6") {
      const auto slash = words[3].find('/');
      Value address{{"address", words[3].substr(0, slash)},
                    {"prefix", words[3].substr(std::min(slash + 1, words[3].size()))}};
      std::string scope = after(words, "scope");
      if (address["address"] != "::1") all6.push_back(address["address"]);
      address["scope"] = scope;
      interface["ipv6"].push_back(std::move(address));
    }
  }
  put_default(facts, answer, "route4", "default_ipv4", interfaces);
  put_default(facts, answer, "route6", "default_ipv6", interfaces);
  facts["interfaces"] = std::move(names);
  facts["all_ipv4_addresses"] = std::move(all4);
  facts["all_ipv6_addresses"] = std::move(all6);
  for (auto& [name, interface] : interfaces.items()) facts[fact_name(name)] = std::move(interface);
}

}  // namespace cef::tasks::modules
