#include "td_text.h"

#include <string.h>

#include "td_crc.h"
#include "td_port.h"

static uint32_t sum;

static void put(const char *text, size_t size) {
  sum = td_crc32(sum, text, size);
  td_port_write(text, size);
}

void td_text_sum_start(void) {
  sum = 0;
}

void td_text_sum(void) {
  const uint32_t before = sum;
  td_text("m-sum-");
  td_text_hex(before, 8);
  td_text("\r\n");
}

void td_text(const char *text) {
  put(text, strlen(text));
}

void td_text_unsigned(uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10u);
    value /= 10u;
  } while (value != 0u);
  put(digits + at, sizeof digits - at);
}

void td_text_signed(int32_t value) {
  if (value < 0) {
    td_text("-");
  }
  td_text_unsigned(value < 0 ? 0u - (uint32_t)value : (uint32_t)value);
}

void td_text_hex(uint32_t value, uint32_t digits) {
  while (digits-- > 0u) {
    put(&"0123456789abcdef"[(value >> (4u * digits)) & 15u], 1);
  }
}

void td_text_milli(float value) {
  const float limit = 2097151.0f; /* its thousandths fit 32 bits */
  if (!(value >= -limit)) {       /* also for NaN */
    value = -limit;
  } else if (value > limit) {
    value = limit;
  }
  const uint32_t milli = (uint32_t)((value < 0.0f ? -value : value) * 1000.0f + 0.5f);
  if (value < 0.0f) {
    td_text("-");
  }
  td_text_unsigned(milli / 1000u);
  const char tail[4] = {'.', (char)('0' + milli / 100u % 10u), (char)('0' + milli / 10u % 10u),
                        (char)('0' + milli % 10u)};
  put(tail, sizeof tail);
}

int td_parse_unsigned(const char **text, uint32_t *value) {
  const char *at = *text;
  uint64_t sum = 0;
  while (*at >= '0' && *at <= '9') {
    sum = sum * 10u + (uint64_t)(*at++ - '0');
    if (sum > UINT32_MAX) {
      return 0;
    }
  }
  if (at == *text) {
    return 0;
  }
  *text = at;
  *value = (uint32_t)sum;
  return 1;
}

int32_t td_parse_signed(const char *text) {
  while (*text == ' ') {
    text++;
  }
  const int negative = *text == '-';
  if (*text == '-' || *text == '+') {
    text++;
  }
  int32_t sum = 0;
  for (; *text >= '0' && *text <= '9'; text++) {
    if (sum > (INT32_MAX - 9) / 10) {
      return negative ? -INT32_MAX : INT32_MAX;
    }
    sum = sum * 10 + (*text - '0');
  }
  return negative ? -sum : sum;
}

int td_parse_hex(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  const char lower = (char)(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
