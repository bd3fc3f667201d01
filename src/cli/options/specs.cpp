#include "options.hpp"

namespace cef::cli {

namespace {

using Kind = OptionSpec::Kind;

constexpr const char* choose = "Choosing hosts";
constexpr const char* connect = "Connecting";
constexpr const char* run = "Running";
constexpr const char* output = "Output";

constexpr OptionSpec specs[] = {
    {"inventory", "i", "PATH", choose, "inventory file or folder; may be repeated", Kind::list},
    {"limit", "l", "PATTERN", choose, "only hosts that match too: rpi:&gpu:!w01, ~regex, rpi[0:2], @file", Kind::list},

    {"user", "u", "NAME", connect, "log in as this user (the inventory's, else yours)", Kind::value},
    {"key-file", "", "FILE", connect, "private key; may be repeated (~/.ssh/id_ed25519, id_ecdsa, id_rsa)", Kind::list},
    {"key-passphrase-file", "", "FILE", connect, "passphrase of encrypted keys; otherwise asked for", Kind::value},
    {"ask-pass", "k", "", connect, "ask for the login password", Kind::flag},
    {"connection-password-file", "", "FILE", connect, "login password: the file's first line", Kind::value},
    {"connect-timeout", "T", "TIME", connect, "for connection, key exchange and login together (10s)", Kind::value},
    {"keepalive", "", "TIME", connect, "silence after which a host is asked whether it is there; 0 for never (15s)",
     Kind::value},
    {"ssh-config", "", "FILE", connect, "instead of ~/.ssh/config and /etc/ssh/ssh_config; none for neither",
     Kind::value},
    {"retries", "", "N", connect, "more logins when the server broke off or was too busy (1)", Kind::value},
    {"host-key", "", "POLICY", connect, "unknown host keys: ask, accept-new, strict or off (ask)", Kind::value},
    {"known-hosts", "", "FILE", connect, "instead of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts; may be repeated",
     Kind::list},
    {"become", "b", "", connect, "run the command with sudo", Kind::flag},
    {"ask-become-pass", "K", "", connect, "ask for the sudo password", Kind::flag},
    {"become-password-file", "", "FILE", connect, "or read it from the first line of this file", Kind::value},
    {"become-user", "", "NAME", connect, "as this user instead of root", Kind::value},

    {"forks", "f", "N", run, "hosts worked on at the same time (256)", Kind::value},
    {"handshakes", "", "N", run, "of these, hosts logged in to at the same time (100)", Kind::value},
    {"logins-per-site", "", "N", run, "of these, at the same address or site (10)", Kind::value},
    {"timeout", "", "TIME", run, "one host's whole work; 0 for none", Kind::value},
    {"max-fail", "", "N|P%", run, "start no more hosts once more than N, or P% of a batch, failed", Kind::value},
    {"serial", "", "N,P%,...", run, "in batches of these sizes, each when the one before is done", Kind::list},
    {"assert", "", "M<N", run, "temp.cpu_celsius<80: exit 10 where that does not hold; may be repeated", Kind::list},
    {"assert-file", "", "FILE", run, "such thresholds, one a line", Kind::list},
    {"lock", "", "NAME", run, "not while another run with this name is under way: exit 75", Kind::value},
    {"deadline", "", "TIME", run, "the whole run; hosts not done by then are dropped, exit 124", Kind::value},
    {"journal", "", "FILE|none", run, "where the run is recorded (~/.local/state/cef/journal.db)", Kind::value},
    {"journal-keep-days", "", "N", run, "runs older than this are removed from there (90)", Kind::value},
    {"journal-max-size", "", "SIZE", run, "and the oldest, once the file is larger (200MB)", Kind::value},
    {"store-file", "", "FILE", run, "where --store keeps values (~/.local/state/cef/metrics.db)", Kind::value},
    {"store-keep-raw-days", "", "N", run, "every value is kept there for so many days (7)", Kind::value},
    {"store-keep-hourly-days", "", "N", run, "and then an hour's values as one (90), then a day's", Kind::value},

    {"format", "", "FORMAT", output,
     "table, json, ndjson, csv, yaml, names, raw, prometheus, checkmk or nagios (table)", Kind::value},
    {"columns", "", "A,B", output, "these columns, or paths into the JSON such as data.rc", Kind::list},
    {"sort", "", "COLUMN", output, "by this column; -COLUMN downwards (inventory order)", Kind::value},
    {"no-header", "", "", output, "leave the header line out", Kind::flag},
    {"fold", "", "", output, "one row for hosts with equal results", Kind::flag},
    {"status", "", "A,B", output, "names: hosts with these results (ok,changed)", Kind::list},
    {"output", "o", "FILE", output, "results to this file, replaced only when complete", Kind::value},
    {"progress", "", "WHEN", output, "auto, always or never, on standard error (auto)", Kind::value},
    {"quiet", "q", "", output, "only failures", Kind::flag},
    {"verbose", "v", "", output, "more on standard error; -vvv shows each host's SSH stages", Kind::count},
};

}  // namespace

std::span<const OptionSpec> option_specs() { return specs; }

}  // namespace cef::cli
