/* What TensorFlow Lite Micro wants of a bare board: a log, which is silent here because the serial
 * line is the protocol's, and the little of the C++ runtime that code without exceptions and heap
 * refers to. */
#include <cstdarg>
#include <cstddef>

extern "C" {

/* Its users pass a format, and in newer versions the arguments: neither is read. */
void DebugLog(const char *format, va_list arguments) {
  (void)format;
  (void)arguments;
}

int DebugVsnprintf(char *buffer, std::size_t size, const char *format, va_list arguments) {
  (void)format;
  (void)arguments;
  if (size > 0) {
    buffer[0] = '\0';
  }
  return 0;
}

/* Destructors of static objects never run: the firmware does not end. */
int __cxa_atexit(void (*destroy)(void *), void *object, void *dso) {
  (void)destroy;
  (void)object;
  (void)dso;
  return 0;
}

int __aeabi_atexit(void *object, void (*destroy)(void *), void *dso) {
  (void)object;
  (void)destroy;
  (void)dso;
  return 0;
}

void __cxa_pure_virtual(void) {
  __builtin_trap(); /* the C library's abort() brings signals and a heap */
}

void *__dso_handle = nullptr;

} // extern "C"

/* Virtual destructors name them; nothing is ever allocated. */
void operator delete(void *memory) noexcept {
  (void)memory;
  __builtin_trap();
}

void operator delete(void *memory, std::size_t size) noexcept {
  (void)memory;
  (void)size;
  __builtin_trap();
}
