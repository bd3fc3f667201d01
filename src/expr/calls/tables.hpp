// The tables of everything that has a name, one for each file of this folder.
#pragma once

#include "run/function.hpp"

namespace cef::expr {

extern const Functions value_filters, list_filters, select_filters, sort_filters, set_filters, dict_filters,
    text_filters, layout_filters, regex_filters, json_filters, yaml_filters, path_filters, hash_filters,
    password_filters, math_filters, size_filters, random_filters, time_filters, url_filters;
extern const Functions value_tests, result_tests, list_tests, text_tests, version_tests;
extern const Functions text_methods, list_methods, dict_methods, number_methods;
extern const Functions globals;

}  // namespace cef::expr
