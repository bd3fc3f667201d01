// What hosts run for models: POSIX sh, and no more tools than BusyBox has.
#pragma once

namespace cef::tasks {

/// Functions of all of them; takes $1, the folder, off.
extern const char* const model_prelude;
extern const char* const model_look;     // check|run NAME VERSION SHA256 FOLDER
extern const char* const model_serves;   // NAME
extern const char* const model_place;    // NAME VERSION SHA256 FOLDER KEEP FILE FORM FILE_NAME FILES
extern const char* const model_fetch;    // URL PATH SHA256; without the prelude
extern const char* const model_go_back;  // check|run NAME

}  // namespace cef::tasks
