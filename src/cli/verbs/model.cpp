// cef model: the repository of models, and what hosts have of it. The words are in models/.
#include "models/models.hpp"
#include "run/run_task.hpp"
#include "run/transfer_options.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace cef::cli {

namespace {

using Kind = Param::Kind;

// The first operand, which of the verb's own options mean something to it, and whether it contacts hosts.
struct Word {
  std::string_view name;
  int (*run)(const Verb& verb, Context& context);
  std::vector<std::string_view> options;
  bool contacts_hosts = false;
};

template <int (*Local)(const Verb&, const Context&)>
int local(const Verb& verb, Context& context) {
  return Local(verb, context);
}

const std::vector<Word>& words() {
  static const std::vector<Word> list{
      {"add", local<add_models>, {"name", "version", "link", "max-unpacked"}},
      {"list", local<list_models>, {}},
      {"show", local<show_models>, {}},
      {"verify", local<verify_models>, {}},
      {"rm", local<remove_models>, {"all"}},
      {"where", where_model, {"verify"}, true},
      {"deploy",
       deploy_model,
       {"dest", "unpack", "keep", "from-url", "limit-rate", "total-rate", "stall-timeout", "once-per-site", "check"},
       true},
      {"rollback", roll_back_model, {"dest", "check"}, true},
  };
  return list;
}

Error usage(std::string message) { return {Code::usage, std::move(message), "cef model --help lists what there is"}; }

// What has no meaning for the word, as app.cpp says it of verbs.
Result<void> check_word(const Word& word, const Context& context) {
  for (const auto& [name, value] : context.arguments.given())
    if (std::ranges::find(word.options, name) == word.options.end())
      return Unexpected(usage(fmt::format("--{} has no meaning for model {}", name, word.name)));
  if (word.contacts_hosts) return {};
  if (!context.selectors.empty())
    return Unexpected(
        usage(fmt::format("model {} contacts no host, and has no use for '{}'", word.name, context.selectors.front())));
  constexpr Groups its = groups::models | groups::rows | groups::file | bit(group_always);
  for (const Param& spec : option_specs())
    if (!(its & bit(static_cast<Group>(spec.group))) && context.options.is_typed(spec.name))
      return Unexpected(usage(fmt::format("--{} has no meaning for model {}", spec.name, word.name)));
  return {};
}

int run(const Verb& verb, Context& context) {
  std::vector<std::string_view> names;
  for (const Word& word : words()) names.push_back(word.name);
  if (context.operands.empty())
    return complain(usage(fmt::format("what about models? it has {}", fmt::join(names, ", "))));
  const auto word = std::ranges::find(words(), context.operands.front(), &Word::name);
  if (word == words().end())
    return complain(
        usage(fmt::format("model does not know '{}': it has {}", context.operands.front(), fmt::join(names, ", "))));
  if (const auto fits = check_word(*word, context); !fits) return complain(fits.error());
  return word->run(verb, context);
}

std::vector<Param> options() {
  std::vector<Param> all{
      {.name = "name", .value = "NAME", .help = "add: instead of the file's, without its ending"},
      {.name = "version",
       .value = "VERSION",
       .help = "add: instead of the next number, or that of a version with the same content"},
      {.name = "link",
       .help = "add: share the file with the repository; whoever writes to it later damages that",
       .kind = Kind::flag},
      {.name = "max-unpacked",
       .value = "SIZE",
       .help = "add: refuse an archive that holds more",
       .kind = Kind::size,
       .otherwise = "64G",
       .least = 1},
      {.name = "all", .help = "rm: every version of the name", .kind = Kind::flag},
      {.name = "verify", .help = "where: ask the hosts, too", .kind = Kind::flag},
      {.name = "dest", .value = "DIR", .help = "deploy, rollback: the folder on the hosts", .never_empty = true},
      {.name = "unpack", .help = "deploy: what is in the archive instead of the archive", .kind = Kind::flag},
      {.name = "keep",
       .value = "N",
       .help = "deploy: versions that stay on a host, the new one among them",
       .kind = Kind::number,
       .otherwise = "2",
       .least = 1,
       .most = 1000},
      {.name = "from-url",
       .value = "URL",
       .help = "deploy: each host fetches the file there by itself, with curl or wget",
       .never_empty = true}};
  for (const Param& param : transfer_options()) all.push_back(param);
  all.push_back(once_per_site_option);
  all.push_back(check_option);
  return all;
}

}  // namespace

Verb model_verb() {
  return {
      .name = "model",
      .summary = "models: keep them by version, put them onto hosts, go back to the one before",
      .usage =
          "add FILE...|list|show NAME|verify [NAME]|rm NAME|where NAME|deploy NAME --dest DIR SELECTOR...|"
          "rollback NAME --dest DIR SELECTOR... [options]",
      .details =
          "add takes a file into the repository, as NAME:VERSION; an archive (zip, tar.gz, tar.xz, tar.zst, tar) is "
          "known by its content, read through, and refused when it would harm a host. list, show, verify and rm are "
          "about the repository, and contact no host. deploy brings a version to DIR/NAME-VERSION, and then lays the "
          "link DIR/NAME to it, so that the version before serves until the new one is complete; rollback lays the "
          "link to the one before. where tells from the journal which hosts have it. A NAME alone is the version that "
          "was added last. Default --timeout of deploy: none.",
      .examples = {"cef model add aihub_model.zip", "cef model list",
                   "cef model deploy aihub_model group=rpi --dest '~/run' --unpack",
                   "cef model deploy aihub_model:2 group=rpi --dest /srv/models --total-rate 5M",
                   "cef model rollback aihub_model group=rpi --dest '~/run'", "cef model where aihub_model --verify"},
      .options = options(),
      .columns = deploy_columns(),
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
