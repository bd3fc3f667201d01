// A host that models are put onto, archives with a version in them, and a web server that has them.
#pragma once

#include "fleet.hpp"
#include "proc.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cef::testing {

namespace fs = std::filesystem;

inline void run_shell(const fs::path& folder, const std::string& script) {
  RunOptions options;
  options.cwd = folder.string();
  options.env["LC_ALL"] = "C.UTF-8";
  const auto ran = run({"/bin/bash", "-ec", script}, options);
  INFO(script << '\n' << ran.out << ran.err);
  REQUIRE(ran.exit_code == 0);
}

struct ModelHost {
  Sshd server;
  Fleet fleet;
  TempDir files;

  ModelHost() { fleet.add("n1", server); }

  CefResult model(std::vector<std::string> words) const {
    words.insert(words.begin(), "model");
    words.insert(words.end(), {"--format", "json"});
    auto result = fleet.cef(words);
    UNSCOPED_INFO(result.told());
    return result;
  }
  // An archive with a version of its own in it, kept under the name `m`.
  void add(const std::string& version, const std::string& pack = "zip -qry ../m.zip .",
           std::size_t bytes = 200'000) const {
    run_shell(files.path(), fmt::format(R"(
      rm -rf src m.*
      mkdir -p src/sub
      echo {} >src/version
      head -c {} /dev/urandom >src/sub/weights.bin
      echo x >'src/sub/größe und mehr'
      echo run >src/run.sh && chmod 755 src/run.sh
      ln -s sub/weights.bin src/current
      cd src
      {})",
                                        version, bytes, pack));
    std::string file;
    for (const auto& entry : fs::directory_iterator(files.path()))
      if (entry.path().filename().string().starts_with("m.")) file = entry.path().string();
    const auto added = model({"add", file, "--name", "m", "--version", version});
    REQUIRE(added.exit_code == 0);
  }
  CefResult deploy(const std::string& what, std::vector<std::string> options = {"--unpack"}) const {
    options.insert(options.begin(), {"deploy", what, "host=n1", "--dest", "~/run"});
    return model(options);
  }
  CefResult roll_back() const { return model({"rollback", "m", "host=n1", "--dest", "~/run"}); }
  fs::path there(const std::string& name = "") const { return server.home() / "run" / name; }
  std::string serving() const { return read_file(there("m") / "version"); }
  // What the deployed version holds is what was packed last.
  void check_whole() const {
    run_shell(files.path(), "diff -r src " + there("m").string() + "/ && [ -x " + there("m").string() +
                                "/run.sh ] && [ \"$(readlink " + there("m").string() +
                                "/current)\" = sub/weights.bin ]");
  }
  // Of what cef keeps there, that is on its way or half done.
  std::vector<std::string> litter() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(there(".cef-models"))) {
      const auto name = entry.path().filename().string();
      const bool is_kept = name == "notes" || name == "incoming" || name.starts_with("order.") ||
                           entry.path().parent_path().filename() == "notes";
      if (!is_kept) found.push_back(name);
    }
    return found;
  }
  // From now on sessions have these programs and no others: a host with BusyBox alone.
  void make_bare(const std::string& without = "unzip xz unxz zstd bzip2 bunzip2 curl wget python3") const {
    run_shell(server.home(), "mkdir tools && /bin/busybox --install -s tools && cd tools && rm -f " + without);
    write_file(server.home() / ".bashrc", "PATH=" + (server.home() / "tools").string() + "\n");
  }
  // A program that comes before the host's own.
  void shim(const std::string& name, const std::string& script) const {
    fs::create_directories(server.home() / "bin");
    write_file(server.home() / "bin" / name, "#!/bin/sh\n" + script, 0755);
  }
};

// Files of a folder, over HTTP; with ranges, as servers of large files have them.
class WebServer {
 public:
  explicit WebServer(const fs::path& folder) : port_(free_port()) {
    RunOptions options;
    options.cwd = folder.string();
    const std::string script = R"(
import http.server, os, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if not os.path.exists(self.path.lstrip('/')): return self.send_error(404)
        data = open(self.path.lstrip('/'), 'rb').read()
        begin = self.headers.get('Range')
        at = int(begin.split('=')[1].split('-')[0]) if begin else 0
        self.send_response(206 if begin else 200)
        if begin: self.send_header('Content-Range', 'bytes %d-%d/%d' % (at, len(data) - 1, len(data)))
        self.send_header('Content-Length', str(len(data) - at))
        self.end_headers()
        self.wfile.write(data[at:])
    def log_message(self, form, *words): print(self.headers.get('Range') or 'whole', flush=True)
s = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), H)
print('ready', flush=True)
s.serve_forever()
)";
    process_ =
        std::make_unique<Process>(std::vector<std::string>{"python3", "-c", script, std::to_string(port_)}, options);
    if (!process_->wait_for_output("ready")) throw std::runtime_error("no web server: " + process_->err());
  }
  std::string url(const std::string& name) const { return fmt::format("http://127.0.0.1:{}/{}", port_, name); }
  bool was_asked(const std::string& range) { return process_->wait_for_output(range); }

 private:
  std::uint16_t port_;
  std::unique_ptr<Process> process_;
};

}  // namespace cef::testing
