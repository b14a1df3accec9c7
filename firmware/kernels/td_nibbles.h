/* 4-bit weights, two a byte, as the kernels with int8 activations have them.
 *
 * Eight successive weights k0 to k7 are four bytes: byte j has k(j) in its high half, in two's
 * complement, and k(j + 4) + 8 in its low half, so that the byte is 16 * k(j) + k(j + 4) + 8 as a
 * signed number. What fills up the last eight is 0. */
#ifndef TD_NIBBLES_H
#define TD_NIBBLES_H

#include <stdint.h>

#define TD_NIBBLE_GROUP 8 /* weights */

static inline int32_t td_high_nibble(int8_t byte) {
  return byte >> 4;
}

static inline int32_t td_low_nibble(int8_t byte) {
  return (byte & 15) - 8;
}

/* The dot product of a group's weights, its four bytes, and inputs. */
static inline int32_t td_dot_nibbles(const int8_t *weights, const int8_t *input) {
  int32_t sum = 0;
  for (int32_t j = 0; j < 4; j++) {
    const int8_t byte = weights[j];
    sum += td_high_nibble(byte) * input[j] + td_low_nibble(byte) * input[j + 4];
  }
  return sum;
}

#endif
