/* A channel's multiplier from its filter's scale, with its bias, in five bytes.
 *
 * A multiplier of TensorFlow Lite is the product of a channel's filter scale, a float32 of 24 bits,
 * and a ratio that all channels of the layer share. A record of 40 bits holds what differs: bits
 * 0-22 the scale's fraction, 23-24 a shift, 25-39 the bias, signed. The packer has made sure that
 * the product comes out as TensorFlow Lite computes it (docs/adr/0104). */
#ifndef TD_SCALED_MULTIPLIER_H
#define TD_SCALED_MULTIPLIER_H

#include <stdint.h>
#include <string.h>

#define TD_SCALED_BYTES 5

typedef struct {
  uint32_t scale; /* 24 bits, in the upper ones of a word */
  uint32_t shift;
  int32_t bias;
} td_scaled;

static inline td_scaled td_scaled_of(const uint8_t *record) {
  uint32_t low;  /* bytes 0 to 3 */
  uint32_t high; /* bytes 1 to 4 */
  memcpy(&low, record, sizeof low);
  memcpy(&high, record + 1, sizeof high);
  const td_scaled s = {low << 9 >> 1 | 0x80000000u, low >> 23 & 3u, (int32_t)high >> 17};
  return s;
}

/* The product of a scale and the ratio, a fraction of 2^39 in 31 and 8 bits, rounded to 31 bits. */
static inline int32_t td_scaled_multiplier(uint32_t scale, uint32_t ratio, uint32_t ratio_low) {
  uint64_t product = (uint64_t)scale * ratio + (scale >> 8) * ratio_low;
  if (product >> 62 == 0) {
    product <<= 1;
  }
  return (int32_t)((uint32_t)(product >> 32) + ((uint32_t)product >> 31));
}

#endif
