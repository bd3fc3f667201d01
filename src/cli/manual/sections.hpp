// The parts that pages of the manual are made of, from the tables that the program itself works by.
#pragma once

#include "app.hpp"
#include "manual/page.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cef::cli::manual {

/// As an option is typed, with what stands for its value: `-f, --forks N`.
std::string option_term(const Param& param);
Section options_section(std::string title, std::span<const Param> params);
/// The shared options by what they are for: those of a verb, or all. The last one ends with what holds for all of them.
std::vector<Section> shared_options(const Verb* verb);

Section columns_section(const Verb& verb);
Section metrics_section(const Verb& verb);

std::vector<Section> about_hosts();
std::vector<Section> about_verbs();
Section about_formats();
Section exit_codes();
Section environment();
Section files();

/// The verbs by what they are for: to look, to act, what was. The last ones, about cef itself, have no name.
inline constexpr std::string_view verb_parts[] = {"Look", "Act", "Past", ""};
std::string_view part_of(const Verb& verb);

/// What a page of docs/ leaves to the program: `options`, `codes`, `variables`, `keywords`, `modules`; nothing for a
/// word that it does not know.
std::vector<Block> table_of(std::string_view word);

}  // namespace cef::cli::manual
