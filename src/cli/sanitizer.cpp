// Only in builds with the address sanitizer: leaks of libssh's own that a program cannot prevent. It forgets the
// agent's former answer (a buffer, 152 bytes) when it asks for the list of keys again. cef makes no such buffers
// itself.
// The sanitizer's own names. NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() { return "leak:ssh_buffer_new\n"; }
extern "C" const char* __lsan_default_options() { return "print_suppressions=0"; }
// NOLINTEND(bugprone-reserved-identifier)
