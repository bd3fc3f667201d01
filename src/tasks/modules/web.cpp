// get_url and uri, by curl of the host, or for plain downloads by wget.
#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace web_parts {
namespace {

using Kind = Param::Kind;

// What curl is told comes on standard input: passwords stay out of its arguments.
constexpr const char* get_script = R"sh(
t=$(mktemp -d "${TMPDIR:-/tmp}/cef.XXXXXXXX" 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -rf "$t"' EXIT
cat >"$t/config"
get() {  # get URL FILE [CURL ARGUMENTS...]
  url_of=$1 file_of=$2
  shift 2
  if have curl; then
    code=$(curl -sS -L -K "$t/config" --connect-timeout "$timeout" "$@" -o "$file_of" -w '%{http_code}' "$url_of" 2>"$t/said") || die "Request failed: $(tail -n 1 "$t/said")"
    case $code in 2* | 304 | 000) ;; *) say "code $code"; die "Request failed: HTTP Error $code" ;; esac
  elif have wget; then
    code=200
    wget -q -T "$timeout" $insecure -O "$file_of" "$url_of" 2>"$t/said" || die "Request failed: $(tail -n 1 "$t/said")"
  else
    die "there is neither curl nor wget on this host"
  fi
}
into=
if [ -d "$dest" ]; then dest=${dest%/}/$name into=yes; fi
say "dest $dest"
case $dest in */*) [ -d "${dest%/*}/" ] || die "Destination ${dest%/*} does not exist" ;; esac
sum() { "${algorithm}sum" <"$1" | cut -d ' ' -f 1; }
if [ -n "$checksum" ]; then
  case $checksum in
    *://*)
      get "$checksum" "$t/sums"
      # A file of sums, or one sum alone.
      checksum=$(awk -v name="$name" '{ f = $2; sub(/^[*.\/]+/, "", f); if (f == name || NF == 1) { print $1; exit } }' "$t/sums")
      [ -n "$checksum" ] || die "Unable to find a checksum for file '$name'" ;;
  esac
  checksum=$(printf %s "$checksum" | tr A-Z a-z)
  if [ -f "$dest" ] && [ -z "$force" ] && [ "$(sum "$dest")" = "$checksum" ]; then
    say "msg file already exists"
    attributes "$dest"
    facts "$dest"
    end
  fi
fi
if [ -f "$dest" ] && [ -z "$force$checksum$into" ]; then
  get "$url" "$t/file" -z "$dest"
  if [ "$code" = 304 ] || ! [ -e "$t/file" ]; then
    say "msg HTTP Error 304: Not Modified"
    say "code 304"
    attributes "$dest"
    facts "$dest"
    end
  fi
else
  get "$url" "$t/file"
fi
[ -e "$t/file" ] || : >"$t/file"
say "code $code"
say "size $(($(wc -c <"$t/file")))"
say "src_sum $(sha1 "$t/file")"
[ ! -f "$dest" ] || say "dest_sum $(sha1 "$dest")"
if [ -n "$checksum" ] && [ "$(sum "$t/file")" != "$checksum" ]; then
  changed
  die "The checksum for $dest did not match $checksum; it was $(sum "$t/file")."
fi
if ! [ -f "$dest" ] || ! cmp -s -- "$t/file" "$dest"; then
  changed
  [ -z "$check" ] || [ -e "$dest" ] || end
  if [ -z "$check" ]; then
    backup_of "$dest"
    put "$t/file" "$dest"
  fi
fi
attributes "$dest"
facts "$dest"
end
)sh";

// A line of curl's configuration.
std::string option(std::string_view name, std::string_view value) {
  std::string text = fmt::format("{} = \"", name);
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  return text + "\"\n";
}

std::string configuration(const Value& params) {
  std::string text;
  if (params.contains("headers"))
    for (const auto& [name, value] : params["headers"].items())
      text += option("header", fmt::format("{}: {}", name, text_of(params["headers"], name)));
  if (params.contains("url_username"))
    text += option("user", fmt::format("{}:{}", text_of(params, "url_username"), text_of(params, "url_password")));
  if (params.contains("validate_certs") && !is_set(params, "validate_certs")) text += "insecure\n";
  for (const auto& [name, word] : {std::pair{"client_cert", "cert"}, {"client_key", "key"}, {"ca_path", "cacert"}})
    if (params.contains(name)) text += option(word, text_of(params, name));
  text += option("user-agent", params.contains("http_agent") ? text_of(params, "http_agent") : "cef");
  if (params.contains("use_proxy") && !is_set(params, "use_proxy")) text += option("noproxy", "*");
  return text;
}

Course get_course(Arguments arguments) {
  const Value& params = arguments.params;
  const std::string url = text_of(params, "url");
  std::string name = url.substr(url.find("://") == std::string::npos ? 0 : url.find("://") + 3);
  name = name.substr(0, name.find_first_of("?#"));
  name = name.find('/') == std::string::npos || name.ends_with('/') ? "index.html" : name.substr(name.rfind('/') + 1);
  std::string checksum = text_of(params, "checksum"), algorithm = "sha1";
  if (const auto colon = checksum.find(':'); colon != std::string::npos) {
    algorithm = checksum.substr(0, colon);
    checksum.erase(0, colon + 1);
  }
  Sheet sheet = file_sheet(arguments);
  sheet.take({"url", "force", "timeout"})
      .paths({"dest"})
      .set("name", name)
      .set("checksum", checksum)
      .set("algorithm", algorithm)
      .set("insecure",
           params.contains("validate_certs") && !is_set(params, "validate_certs") ? "--no-check-certificate" : "")
      .add(get_script);
  Step step = sheet.step(configuration(params));
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  data["url"] = url;
  data["dest"] = answer.has("dest") ? answer.text("dest") : text_of(params, "dest");
  if (verdict.error && answer.has("changed")) data["changed"] = true;  // as Ansible tells a wrong checksum
  if (answer.has("code")) data["status_code"] = number_of(answer.text("code"));
  if (answer.has("src_sum")) data["checksum_src"] = answer.text("src_sum");
  if (answer.has("dest_sum")) data["checksum_dest"] = answer.text("dest_sum");
  if (answer.has("backup")) data["backup_file"] = answer.text("backup");
  if (!verdict.error)
    data["msg"] = answer.has("msg") ? answer.text("msg") : fmt::format("OK ({} bytes)", answer.text("size"));
  put_facts(data, answer);
  co_return verdict;
}

constexpr Param url{.name = "url", .required = true};
constexpr Param headers{.name = "headers", .kind = Kind::mapping};
constexpr Param certs{.name = "validate_certs", .kind = Kind::flag, .otherwise = "yes"};
constexpr Param proxy{.name = "use_proxy", .kind = Kind::flag, .otherwise = "yes"};
constexpr Param auth{.name = "force_basic_auth", .kind = Kind::flag};
constexpr Param username{.name = "url_username", .aliases = "username,user"};
constexpr Param password{.name = "url_password", .aliases = "password"};
constexpr Param agent{.name = "http_agent"};
constexpr Param cert{.name = "client_cert"};
constexpr Param key{.name = "client_key"};
constexpr Param ca{.name = "ca_path"};

constexpr Param get_params[] = {url,
                                {.name = "dest", .kind = Kind::path, .required = true},
                                {.name = "checksum"},
                                {.name = "force", .kind = Kind::flag, .aliases = "thirsty"},
                                {.name = "backup", .kind = Kind::flag},
                                {.name = "tmp_dest", .kind = Kind::path},
                                {.name = "timeout", .kind = Kind::number, .otherwise = "10"},
                                headers,
                                certs,
                                proxy,
                                auth,
                                username,
                                password,
                                agent,
                                cert,
                                key,
                                ca,
                                {.name = "decompress", .kind = Kind::flag},
                                CEF_FILE_PARAMS};

constexpr const char* uri_script = R"sh(
[ -z "$creates" ] || ! [ -e "$creates" ] || { say "msg skipped, since '$creates' exists"; end; }
[ -z "$removes" ] || [ -e "$removes" ] || { say "msg skipped, since '$removes' does not exist"; end; }
have curl || die "there is no curl on this host"
t=$(mktemp -d "${TMPDIR:-/tmp}/cef.XXXXXXXX" 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -rf "$t"' EXIT
cat >"$t/config"
begin=$(date +%s)
[ -z "$src" ] || set -- --data-binary "@$src"
[ ! -f "$dest" ] || set -- "$@" -z "$dest"
curl -sS -K "$t/config" "$@" --max-time "$timeout" -D "$t/head" -o "$t/body" -w '%{http_code} %{url_effective} %{num_redirects}' "$url" >"$t/what" 2>"$t/said"
rc=$?
say "elapsed $(($(date +%s) - begin))"
[ "$rc" -eq 0 ] || { say "status -1"; die "Status code was -1 and not $status_code: Request failed: $(tail -n 1 "$t/said")"; }
say "what $(cat "$t/what")"
blob head "$t/head"
[ -e "$t/body" ] || : >"$t/body"
say "size $(($(wc -c <"$t/body")))"
if [ -n "$dest" ]; then
  case $(cat "$t/what") in
    2*)
      if [ -d "$dest" ]; then dest=${dest%/}/$name; fi
      if ! [ -f "$dest" ] || ! cmp -s -- "$t/body" "$dest"; then changed; put "$t/body" "$dest"; fi
      attributes "$dest"
      facts "$dest"
      say "path $dest" ;;
    304*) attributes "$dest"; facts "$dest"; say "path $dest" ;;
    *) blob body "$t/body" ;;
  esac
else
  blob body "$t/body"
fi
end
)sh";

std::string percent(std::string_view text) {
  std::string coded;
  for (const char c : text) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-._~").find(c) != std::string_view::npos;
    if (c == ' ')
      coded += '+';
    else if (plain)
      coded += c;
    else
      coded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return coded;
}

// The body, and the header that says what it is.
std::pair<std::string, std::string> body_of(const Value& params) {
  if (!params.contains("body")) return {};
  const Value& body = params["body"];
  const std::string format = text_of(params, "body_format");
  if (format == "json") return {body.is_string() ? body.get<std::string>() : body.dump(), "application/json"};
  if (format == "form-urlencoded" && body.is_object()) {
    std::string form;
    for (const auto& [name, value] : body.items())
      for (const Value& one : value.is_array() ? value : Value::array({value}))
        form += fmt::format("{}{}={}", form.empty() ? "" : "&", percent(name),
                            percent(one.is_string() ? one.get<std::string>() : one.dump()));
    return {form, "application/x-www-form-urlencoded"};
  }
  return {body.is_string() ? body.get<std::string>() : body.dump(),
          format == "form-urlencoded" ? "application/x-www-form-urlencoded" : ""};
}

std::string uri_configuration(const Value& params) {
  std::string text = configuration(params);
  const std::string method = text_of(params, "method");
  text += method == "HEAD" ? "head\n" : option("request", method);
  const auto [body, kind] = body_of(params);
  if (!body.empty()) text += option("data-raw", body);
  bool has_kind = false;
  if (params.contains("headers"))
    for (const auto& [name, value] : params["headers"].items()) has_kind = has_kind || lower(name) == "content-type";
  if (!has_kind && !body.empty()) text += option("header", kind.empty() ? "Content-Type:" : "Content-Type: " + kind);
  const std::string follow = text_of(params, "follow_redirects");
  if (follow == "all" || follow == "yes" || (follow == "safe" && (method == "GET" || method == "HEAD")))
    text += "location\n";
  if (params.contains("unix_socket")) text += option("unix-socket", text_of(params, "unix_socket"));
  return text;
}

// What a `Location` means at the address that was asked.
std::string absolute(const std::string& asked, const std::string& location) {
  const auto scheme = asked.find("://");
  if (location.find("://") != std::string::npos || scheme == std::string::npos) return location;
  if (location.starts_with("//")) return asked.substr(0, scheme + 1) + location;
  const std::string path = asked.substr(0, asked.find_first_of("?#"));
  const auto root = std::min(path.find('/', scheme + 3), path.size());
  if (location.starts_with('/')) return path.substr(0, root) + location;
  return (root == path.size() ? path : path.substr(0, path.rfind('/'))) + '/' + location;
}

// Of the last answer, when there were redirections.
void put_headers(Value& data, const std::string& head) {
  Value found = Value::object();
  for (const std::string& line : lines_of(head)) {
    if (line.starts_with("HTTP/")) found = Value::object();
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string name = lower(line.substr(0, colon));
    for (char& c : name)
      if (c == '-') c = '_';
    found[name] = std::string(trim(line.substr(colon + 1)));
  }
  data.update(found);
}

Course uri_course(Arguments arguments) {
  const Value& params = arguments.params;
  Verdict verdict;
  if (arguments.check) {
    verdict.status = Status::skipped;
    verdict.data = {{"msg", "remote module (uri) does not support check mode"}};
    co_return verdict;
  }
  const std::string address = text_of(params, "url");
  const auto codes = list_of(params, "status_code");
  std::string shown;
  for (const std::string& code : codes) shown += (shown.empty() ? "" : ", ") + code;
  Sheet sheet = file_sheet(arguments);
  sheet.take({"url", "timeout"})
      .paths({"dest", "creates", "removes", "src"})
      .set("name", address.substr(address.rfind('/') + 1))
      .set("status_code", '[' + shown + ']')
      .add(uri_script);
  Step step = sheet.step(uri_configuration(params));
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  verdict = verdict_of(answer);
  Value& data = verdict.data;
  data["url"] = address;
  data["elapsed"] = number_of(answer.text("elapsed"));
  if (answer.has("msg")) data["msg"] = answer.text("msg");
  if (answer.has("status")) data["status"] = number_of(answer.text("status"));
  if (!answer.has("what")) co_return verdict;
  put_headers(data, answer.text("head"));
  const std::string what = answer.text("what");
  const std::string code = what.substr(0, what.find(' '));
  data["status"] = number_of(code);
  const std::string rest = what.substr(code.size() + 1);
  data["url"] = rest.substr(0, rest.rfind(' '));
  data["redirected"] = !what.ends_with(" 0");
  if (data.contains("location")) data["location"] = absolute(text_of(data, "url"), text_of(data, "location"));
  data["cookies"] = Value::object();
  data["cookies_string"] = "";
  const std::string body = answer.text("body");
  data["msg"] = fmt::format("{} ({} bytes)", number_of(code) == 200 ? "OK" : "HTTP " + code, answer.text("size"));
  const bool fits = std::ranges::find(codes, code) != codes.end();
  if (answer.has("path")) data["path"] = answer.text("path");
  if (answer.has("body") && data.value("content_type", "").find("json") != std::string::npos)
    if (Value read = Value::parse(body, nullptr, false); !read.is_discarded()) data["json"] = std::move(read);
  if (answer.has("body") && (is_set(params, "return_content") || !fits)) data["content"] = body;
  if (number_of(code) >= 400) data["body"] = body;
  put_facts(data, answer);
  if (!fits) {
    verdict.error = failed(fmt::format("Status code was {} and not [{}]: {}", code, shown, text_of(data, "msg")));
    data["msg"] = verdict.error->message;
  }
  co_return verdict;
}

constexpr Param uri_params[] = {
    url,
    {.name = "method", .otherwise = "GET"},
    {.name = "body", .kind = Kind::raw},
    {.name = "body_format", .kind = Kind::choice, .otherwise = "raw", .choices = "form-urlencoded,json,raw"},
    {.name = "src", .kind = Kind::path},
    {.name = "dest", .kind = Kind::path},
    {.name = "status_code", .kind = Kind::list, .otherwise = "200"},
    {.name = "return_content", .kind = Kind::flag},
    {.name = "follow_redirects", .kind = Kind::choice, .otherwise = "safe", .choices = "all,no,none,safe,urllib2,yes"},
    {.name = "creates", .kind = Kind::path},
    {.name = "removes", .kind = Kind::path},
    {.name = "timeout", .kind = Kind::number, .otherwise = "30"},
    {.name = "unix_socket", .kind = Kind::path},
    {.name = "remote_src", .kind = Kind::flag},
    {.name = "force", .kind = Kind::flag},
    headers,
    certs,
    proxy,
    auth,
    username,
    password,
    agent,
    cert,
    key,
    ca,
    CEF_FILE_PARAMS};

Columns columns() {
  return {{"status", "data.status", Unit::none, Align::right, "what the server said"},
          {"dest", "data.dest", Unit::none, Align::left, "the file"},
          {"message", "data.msg", Unit::none, Align::left, "what came of it"}};
}

}  // namespace
}  // namespace web_parts

constinit const Task get_url{.name = "get_url",
                             .summary = "a file from the network to the host",
                             .params = web_parts::get_params,
                             .columns = web_parts::columns,
                             .course = web_parts::get_course};
constinit const Task uri{.name = "uri",
                         .summary = "a request to a web service, from the host",
                         .params = web_parts::uri_params,
                         .columns = web_parts::columns,
                         .course = web_parts::uri_course};

}  // namespace cef::tasks::modules
