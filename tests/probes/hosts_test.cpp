// Walks tests/fixtures/made/<probe>/*.host: what a host's files and programs say, and the record that is right for it.
// The probe's own script reads them, its paths turned to a folder that holds them. See the README there.
#include "temp_dir.hpp"

#include <cef/core/shell.hpp>
#include <cef/probes/probe.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <sstream>

namespace cef::probes::hosts_tests {

namespace {

namespace fs = std::filesystem;

struct Host {
  std::map<std::string, std::string> parts;

  bool has(const std::string& name) const { return parts.contains(name); }
  std::string get(const std::string& name) const { return has(name) ? parts.at(name) : ""; }
};

// `--- name` begins a part; what stands before the first one says what the file is.
Host read_host(const fs::path& file) {
  Host host;
  std::istringstream lines(testing::read_file(file));
  std::string* part = nullptr;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("--- "))
      part = &host.parts[line.substr(4)];
    else if (part)
      *part += line + "\n";
  return host;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// Paths begin there: /proc/sys is no /sys.
void turn_paths(std::string& text, const std::string& top, const std::string& root) {
  for (std::size_t at = 0; (at = text.find(top, at)) != std::string::npos; at += top.size())
    if (at == 0 || !std::isalnum(static_cast<unsigned char>(text[at - 1]))) text.insert(at, root), at += root.size();
}

class Root {
 public:
  explicit Root(const Host& host) : host_(host) {
    for (const auto& [name, text] : host.parts)
      if (name.starts_with("/")) put(name, name == "/proc/mounts" ? mounts(text) : text);
    std::istringstream files(host.get("files"));
    for (std::string path, value; files >> path && std::getline(files >> std::ws, value);) put(path, value + "\n");
    programs();
    folders();
  }

  // What the probe's script prints there.
  std::string run(const Probe& probe) const {
    std::string line = command_line(probe);
    for (const std::string top : {"/proc/", "/sys/", "/etc/", "/usr/lib/os-release", "/.dockerenv", "/run/.con"})
      turn_paths(line, top, root());
    replace_all(line, "sleep 0.5 2>/dev/null || sleep 1", ":");
    line = "PATH=" + root() + "/bin:$PATH; export PATH; " + line;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), ::pclose);
    REQUIRE(pipe);
    std::string out;
    std::array<char, 4096> buffer;
    for (std::size_t size; (size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
      out.append(buffer.data(), size);
    replace_all(out, root(), "");
    return out;
  }

 private:
  std::string root() const { return folder_.path().string(); }

  void put(const std::string& path, const std::string& text, unsigned mode = 0644) {
    fs::create_directories(fs::path(root() + path).parent_path());
    testing::write_file(root() + path, text, mode);
  }

  std::string mounts(const std::string& text) const {
    std::string all;
    std::istringstream lines(text);
    for (std::string device, mount, rest; lines >> device >> mount && std::getline(lines, rest);)
      all += device + " " + (mount == "/" ? mount : root() + mount) + rest + "\n";
    return all;
  }

  // Programs that say what the file has of them. What the complaints are about is not there to be asked.
  void programs() {
    put("/said/df", host_.get("df"));
    put("/bin/df", "#!/bin/sh\ngrep -v '^df:' " + root() + "/said/df\n! grep '^df:' " + root() + "/said/df >&2\n",
        0755);
    put("/said/uname", host_.get("uname"));
    put("/bin/uname", "#!/bin/sh\ncat " + root() + "/said/uname\n", 0755);
    put("/said/virt", host_.get("systemd-detect-virt"));
    put("/bin/systemd-detect-virt", "#!/bin/sh\ncat " + root() + "/said/virt\n", 0755);
    if (host_.has("vcgencmd")) {
      put("/said/vcgencmd", host_.get("vcgencmd"));
      put("/bin/vcgencmd", "#!/bin/sh\ncat " + root() + "/said/vcgencmd\n", 0755);
    }
    for (const auto& [name, text] : host_.parts)
      if (name.starts_with("nvidia-smi ")) put("/said/" + name, text);
    if (host_.has("nvidia-smi gpu") || host_.has("nvidia-smi status")) put("/bin/nvidia-smi", nvidia_smi(), 0755);
    for (const auto& [name, text] : host_.parts)
      if (name.starts_with("bin/")) put("/" + name, text, 0755);
  }

  std::string nvidia_smi() const {
    std::string script = "#!/bin/sh\nsay() { cat \"" + root() + "/said/nvidia-smi $1\" 2>/dev/null; }\n";
    script += R"(case $* in
*--query-gpu=index,uuid,*) say err >&2; say gpu; s=$(say status); exit ${s:-0} ;;
*--query-gpu=index,*) f=${*#*index,}; say "${f%% *}" ;;
*--query-compute-apps*) say err >&2; say apps ;;
*-q*) say q ;;
*-L*) say L ;;
esac
)";
    return script;
  }

  void folders() {
    std::istringstream lines(host_.get("/proc/mounts"));
    for (std::string device, mount, rest; lines >> device >> mount && std::getline(lines, rest);) {
      std::string name;
      for (std::size_t i = 0; i < mount.size(); ++i)
        if (mount[i] == '\\')
          name += static_cast<char>(std::stoi(mount.substr(i + 1, 3), nullptr, 8)), i += 3;
        else
          name += mount[i];
      const bool is_dead = host_.get("df").find("df: " + name + ":") != std::string::npos;
      if (!is_dead && !fs::exists(root() + name)) fs::create_directories(root() + name);
    }
  }

  const Host& host_;
  testing::TempDir folder_;
};

// What the expected record does not name is null, or an empty list.
bool is_as_expected(const Value& found, const Value& expected) {
  if (found.is_object() && expected.is_object()) {
    for (const auto& [key, value] : found.items())
      if (!is_as_expected(value, expected.contains(key) ? expected[key] : Value(nullptr))) return false;
    for (const auto& [key, value] : expected.items())
      if (!found.contains(key)) return false;
    return true;
  }
  if (found.is_array() && expected.is_array())
    return std::equal(found.begin(), found.end(), expected.begin(), expected.end(), is_as_expected);
  return found == expected || (expected.is_null() && found.is_array() && found.empty());
}

std::vector<fs::path> hosts(const Probe& probe) {
  const fs::path folder = fs::path(CEF_FIXTURES) / "made" / std::string(probe.name);
  std::vector<fs::path> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

TEST_CASE("every made host gives the record that stands beside it", "[probes][hosts]") {
  std::size_t count = 0;
  for (const Probe* probe : all()) {
    for (const fs::path& file : hosts(*probe)) {
      ++count;
      INFO(file);
      const Host host = read_host(file);
      const std::string printed = Root(host).run(*probe);
      INFO(printed);
      const auto body = framed(printed);
      REQUIRE(body);
      const auto record = probe->parse(*body);
      if (host.has("error")) {
        CHECK_FALSE(record);
        const std::string part = host.get("error").substr(0, host.get("error").find('\n'));
        if (!record) CHECK(record.error().message.find(part) != std::string::npos);
        continue;
      }
      if (!record) {
        FAIL_CHECK(record.error().message);
        continue;
      }
      INFO(record->dump(2));
      const Value expected = Value::parse(host.get("record"));
      CHECK(is_as_expected(*record, expected));
    }
  }
  CHECK(count > 150);
}

TEST_CASE("no script prints the host's words by echo, which obeys backslashes", "[probes]") {
  const auto check = [](std::string_view name, std::string_view script) {
    for (auto at = script.find("echo "); at != std::string_view::npos; at = script.find("echo ", at + 1)) {
      const std::string_view words = script.substr(at, script.find_first_of(";\n", at) - at);
      INFO(name << ": " << words);
      CHECK(words.find('$') == std::string_view::npos);
    }
  };
  for (const Probe* probe : all()) check(probe->name, probe->script), check(probe->name, probe->sample);
}

}  // namespace cef::probes::hosts_tests
