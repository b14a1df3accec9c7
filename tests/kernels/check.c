#include "check.h"

#include <float.h>
#include <string.h>

static const char *name;
static int failed;

static void say_number(int32_t value) {
  char digits[12];
  size_t at = sizeof digits - 1;
  uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
  digits[at] = '\0';
  do {
    digits[--at] = (char)('0' + rest % 10u);
    rest /= 10u;
  } while (rest != 0);
  if (value < 0) {
    digits[--at] = '-';
  }
  say(&digits[at]);
}

void check_begin(const char *case_name) {
  name = case_name;
  failed = 0;
}

void check_bytes(int32_t sample, const void *got, const void *want, size_t size) {
  const int8_t *a = (const int8_t *)got;
  const int8_t *b = (const int8_t *)want;
  for (size_t i = 0; i < size && !failed; i++) {
    if (a[i] != b[i]) {
      failed = 1;
      say("FAIL ");
      say(name);
      say(" sample ");
      say_number(sample);
      say(" byte ");
      say_number((int32_t)i);
      say(" is ");
      say_number(a[i]);
      say(", not ");
      say_number(b[i]);
      say("\n");
    }
  }
}

static float load(const void *bytes, size_t i) {
  float value;
  memcpy(&value, (const char *)bytes + i * sizeof value, sizeof value);
  return value;
}

static float magnitude(float x) {
  return x < 0.0f ? -x : x;
}

static int is_finite(float x) {
  return magnitude(x) <= FLT_MAX;
}

static int is_near(float a, float b, float tolerance) {
  if (!is_finite(b)) {
    return a == b || (a != a && b != b);
  }
  return is_finite(a) && magnitude(a - b) <= tolerance;
}

void check_floats(int32_t sample, const void *got, const void *want, size_t size) {
  const size_t count = size / sizeof(float);
  float largest = FLT_MIN;
  for (size_t i = 0; i < count; i++) {
    const float x = magnitude(load(want, i));
    largest = is_finite(x) && x > largest ? x : largest;
  }
  const float tolerance = largest * (64.0f * FLT_EPSILON);
  for (size_t i = 0; i < count && !failed; i++) {
    if (!is_near(load(got, i), load(want, i), tolerance)) {
      check_bytes(sample, (const char *)got + i * sizeof(float),
                  (const char *)want + i * sizeof(float), sizeof(float));
    }
  }
}

void check_end(void) {
  if (!failed) {
    say("ok ");
    say(name);
    say("\n");
  }
}
