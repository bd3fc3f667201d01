#include "modules/facts.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

namespace cef::tasks::modules {

namespace {

void put_processors(Value& facts, const Answer& answer) {
  Value list = Value::array();
  std::int64_t count = 0, cores = 1, siblings = 1;
  std::set<std::string> sockets;
  for (const std::string& line : lines_of(answer.text("cpuinfo"))) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string key(trim(line.substr(0, colon))), value(trim(line.substr(colon + 1)));
    if (key == "processor") ++count;
    if (key == "processor" || key == "vendor_id" || key == "model name" || key == "Processor") list.push_back(value);
    if (key == "physical id") sockets.insert(value);
    if (key == "cpu cores") cores = std::max<std::int64_t>(number_of(value), 1);
    if (key == "siblings") siblings = std::max<std::int64_t>(number_of(value), 1);
  }
  const std::int64_t here = sockets.empty() ? count : static_cast<std::int64_t>(sockets.size());
  const std::int64_t threads = std::max<std::int64_t>(siblings / cores, 1);
  facts["processor"] = std::move(list);
  facts["processor_count"] = here;
  facts["processor_cores"] = cores;
  facts["processor_threads_per_core"] = threads;
  facts["processor_vcpus"] = here * cores * threads;
  facts["processor_nproc"] = number_of(answer.text("nproc"));
}

void put_memory(Value& facts, const Answer& answer) {
  std::map<std::string, std::int64_t> mib;
  for (const std::string& line : lines_of(answer.text("meminfo"))) {
    const auto colon = line.find(':');
    if (colon != std::string::npos) mib[line.substr(0, colon)] = number_of(line.substr(colon + 1)) / 1024;
  }
  facts["memtotal_mb"] = mib["MemTotal"];
  facts["memfree_mb"] = mib["MemFree"];
  facts["swaptotal_mb"] = mib["SwapTotal"];
  facts["swapfree_mb"] = mib["SwapFree"];
  const std::int64_t cached = mib["Buffers"] + mib["Cached"];
  facts["memory_mb"] = {
      {"real", {{"total", mib["MemTotal"]}, {"used", mib["MemTotal"] - mib["MemFree"]}, {"free", mib["MemFree"]}}},
      {"nocache", {{"free", mib["MemFree"] + cached}, {"used", mib["MemTotal"] - mib["MemFree"] - cached}}},
      {"swap",
       {{"total", mib["SwapTotal"]},
        {"free", mib["SwapFree"]},
        {"used", mib["SwapTotal"] - mib["SwapFree"]},
        {"cached", mib["SwapCached"]}}}};
}

// As in /proc/mounts: a blank is \040.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() && is_digit(text[i + 1]) && is_digit(text[i + 2]) &&
                       is_digit(text[i + 3]);
    if (octal) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

void put_mounts(Value& facts, const Answer& answer) {
  std::map<std::string, std::string> ids;
  for (const std::string& line : answer.all("uuid"))
    ids[line.substr(0, line.find(' '))] = line.substr(line.find(' ') + 1);
  Value mounts = Value::array();
  const auto places = answer.all("mount"), spaces = answer.all("space");
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto words = fields_of(places[i], ' ');
    if (words.size() < 4 || words[2] == "none") continue;
    Value mount{
        {"mount", unescaped(words[1])}, {"device", unescaped(words[0])}, {"fstype", words[2]}, {"options", words[3]}};
    std::istringstream space(i < spaces.size() ? spaces[i] : "");
    std::int64_t block = 0, blocks = 0, available = 0, inodes = 0, free_inodes = 0;
    if (space >> block >> blocks >> available >> inodes >> free_inodes) {
      mount["size_total"] = block * blocks;
      mount["size_available"] = block * available;
      mount["block_size"] = block;
      mount["block_total"] = blocks;
      mount["block_available"] = available;
      mount["block_used"] = blocks - available;
      mount["inode_total"] = inodes;
      mount["inode_available"] = free_inodes;
      mount["inode_used"] = inodes - free_inodes;
    }
    mount["uuid"] = ids.contains(words[0]) ? ids[words[0]] : "N/A";
    mounts.push_back(std::move(mount));
  }
  facts["mounts"] = std::move(mounts);
}

std::string shown_size(double bytes) {
  const char* const units[] = {"Bytes", "KB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < std::size(units)) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.2f} {}", bytes, units[unit]);
}

void put_devices(Value& facts, const Answer& answer) {
  Value devices = Value::object();
  for (const std::string& line : answer.all("disk")) {
    auto fields = fields_of(line, '|');
    fields.resize(7);
    devices[fields[0]] = {{"sectors", fields[1]},
                          {"size", shown_size(static_cast<double>(number_of(fields[1])) * 512)},
                          {"removable", fields[2]},
                          {"rotational", fields[3]},
                          {"model", fields[4].empty() ? Value(nullptr) : Value(std::string(trim(fields[4])))},
                          {"vendor", fields[5].empty() ? Value(nullptr) : Value(std::string(trim(fields[5])))},
                          {"sectorsize", fields[6]},
                          {"partitions", Value::object()}};
  }
  for (const std::string& line : answer.all("part")) {
    const auto fields = fields_of(line, '|');
    if (fields.size() < 4) continue;
    devices[fields[0]]["partitions"][fields[1]] = {
        {"sectors", fields[2]},
        {"start", fields[3]},
        {"size", shown_size(static_cast<double>(number_of(fields[2])) * 512)}};
  }
  facts["devices"] = std::move(devices);
}

}  // namespace

void put_hardware_facts(Value& facts, const Answer& answer) {
  put_processors(facts, answer);
  put_memory(facts, answer);
  put_mounts(facts, answer);
  put_devices(facts, answer);
  for (const char* const name :
       {"product_name", "product_serial", "product_uuid", "product_version", "system_vendor", "bios_date",
        "bios_vendor", "bios_version", "board_name", "board_vendor", "board_version", "board_serial", "board_asset_tag",
        "chassis_vendor", "chassis_version", "chassis_serial", "chassis_asset_tag"})
    facts[name] = "NA";
  for (const std::string& line : answer.all("dmi")) {
    const auto space = line.find(' ');
    const std::string id = line.substr(0, space), value(trim(line.substr(std::min(space, line.size()))));
    facts[id == "sys_vendor" ? "system_vendor" : id] = value.empty() ? "NA" : value;
  }
  // A Raspberry Pi and its like.
  if (answer.has("model") && facts["product_name"] == "NA") facts["product_name"] = answer.text("model");
  facts["uptime_seconds"] = number_of(answer.text("uptime"));
  const auto loads = fields_of(answer.text("loadavg"), ' ');
  if (loads.size() > 2) {
    const auto load = [](const std::string& text) { return Value(std::stod(text)); };
    facts["loadavg"] = {{"1m", load(loads[0])}, {"5m", load(loads[1])}, {"15m", load(loads[2])}};
  }
}

void put_virtual_facts(Value& facts, const Answer& answer) {
  std::string type = answer.text("virt");
  if (type == "qemu") type = "kvm";
  if (type == "oracle") type = "virtualbox";
  if (type == "vmware") type = "VMware";
  if (type == "microsoft") type = "VirtualPC";
  const bool container =
      type == "docker" || type == "podman" || type == "lxc" || type == "systemd-nspawn" || type == "wsl";
  Value guest = Value::array(), host = Value::array();
  std::string role = "guest";
  if (type.empty() || type == "none") {
    type = answer.has("kvm_host") ? "kvm" : "NA";
    role = answer.has("kvm_host") ? "host" : "NA";
    if (answer.has("kvm_host")) host.push_back("kvm");
  } else {
    guest.push_back(type);
    if (container) guest.push_back("container");
  }
  facts["virtualization_type"] = type;
  facts["virtualization_role"] = role;
  facts["virtualization_tech_guest"] = std::move(guest);
  facts["virtualization_tech_host"] = std::move(host);
}

}  // namespace cef::tasks::modules
