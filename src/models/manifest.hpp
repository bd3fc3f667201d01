// A manifest as it stands in its file.
#pragma once

#include <cef/models/repository.hpp>

#include <string>
#include <string_view>

namespace cef::models {

std::string write_manifest(const Model& model);
/// Nothing: it is none, or one of a later cef that this one cannot know.
std::optional<Model> read_manifest(std::string_view text);

}  // namespace cef::models
