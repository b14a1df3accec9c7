#include "td_sigmoid_s16.h"

#include "td_fixedpoint.h"

/* 65536 times the sigmoid of `x`, whose low `bits` are a fraction of a step of the table, with so
 * many bits more; `end` from where the table ends. */
static uint32_t interpolated(const int16_t *table, uint32_t x, int32_t bits, uint32_t end) {
  const uint32_t step = x >> bits;
  if (step >= 255) {
    return end;
  }
  const int32_t low = table[step];
  const uint32_t fraction = x & ((1u << bits) - 1u);
  return ((uint32_t)(low + 32768) << bits) + fraction * (uint32_t)(table[step + 1] - low);
}

static int16_t sigmoid(const int16_t *table, int32_t x) {
  const uint32_t size = x < 0 ? 0u - (uint32_t)x : (uint32_t)x;
  const uint32_t value = interpolated(table, size, 9, 0x7fffu << 10);
  return (int16_t)((x >= 0 ? value + 512u : (1u << 25) - value + 511u) >> 10);
}

static int16_t hyperbolic_tangent(const int16_t *table, int32_t x) {
  const uint32_t size = x < 0 ? 0u - (uint32_t)x : (uint32_t)x;
  const int32_t value = (int32_t)interpolated(table, size, 8, 0xffffu << 8);
  const int32_t one = 1 << 23;
  return (int16_t)((x >= 0 ? value - one + 128 : one - value + 127) >> 8);
}

void td_sigmoid_s16(const td_sigmoid_s16_params *p, const int16_t *input, int16_t *output) {
  const int32_t round = p->shift > 0 ? 1 << (p->shift - 1) : 0;
  for (int32_t i = 0; i < p->size; i++) {
    const int32_t x = td_wrap_add(input[i] * p->multiplier, round) >> p->shift;
    output[i] = p->tanh ? hyperbolic_tangent(p->sigmoid, x) : sigmoid(p->sigmoid, x);
  }
}
