/* The number format shared by the packed convolution and dense kernels.
 *
 * Weights. Four successive weights k0..k3 of one output channel are one word of two int16 lanes,
 *     R = (256 * k0 + k1, 256 * k2 + k3),
 * so that sign-extending bytes 0 and 2 gives (k1, k3) and the word itself serves as int16 weights:
 * one unpacking instruction for four weights instead of two.
 *
 * Activations. Four successive inputs a0..a3 become the two words
 *     U = (a0 - 127, a2 - 127),   L = (256 * a1 - U.low, 256 * a3 - U.high),
 * all within int16, and then
 *     L . (k1, k3) + U . R = 256 * ((a0 - 127) k0 + a1 k1 + (a2 - 127) k2 + a3 k3):
 * the sum comes out scaled by 256, which is what requantization wants. The constants that -127 and
 * the input's zero point add are part of the bias. L is the inputs as they lie in memory with the
 * even ones' low seven bits flipped: 256 * a1 + (127 - a0), the latter an unsigned byte.
 *
 * Requantization. With x = 256 * accumulator, which the compiler has proven to fit 32 bits (where
 * it does not, sums are taken in parts, see td_packed_parts),
 *     output = clamp((Ra + high_word(x * multiplier) - (x < 0 ? 2 * half : 0)) >> shift)
 * where Ra = half + 2^(shift - 1) + (output zero point << shift). Either the shift is 12 for all
 * channels, the multipliers of TensorFlow Lite lose d low bits to make it so and half = 2^(6 - d),
 * d being read off the multiplier's leading zeros; or each channel has its shift and half = 64.
 * That this equals the reference's two roundings for every accumulator that can occur is proven,
 * layer by layer, by tinydeploy/requant.py. */
#ifndef TD_PACKED_H
#define TD_PACKED_H

#include "td_dsp.h"

/* How the outputs of a layer are requantized. */
typedef enum {
  TD_PACKED_RELU,   /* shift 12, negative sums need no correction, outputs fill the int8 range */
  TD_PACKED_LINEAR, /* shift 12, outputs fill the int8 range */
  TD_PACKED_EXACT,  /* a shift for each channel, half = 64, outputs fill the int8 range */
  TD_PACKED_CLAMP,  /* as TD_PACKED_EXACT, and outputs are clamped */
  TD_PACKED_ANY     /* a shift for each channel, any half, outputs are clamped */
} td_packed_mode;

typedef struct {
  int32_t round; /* shift 12: 2^11 + (zero point << 12); else 2 * zero point + 1 */
  int16_t half;  /* a quarter of the scale, or 0 when the reference rounds once (only with a shift
                    for each channel) */
  int16_t activation_min;
  int16_t activation_max;
} td_packed_requant;

/* How the sum over a channel's groups is taken. With `groups` 0 at once, scaled by 256. Else in
 * parts of at most so many groups, each sum shifted right by `shift` before it is added to the
 * bias; the total is scaled by 2^(8 - shift), and so are the biases. */
typedef struct {
  int16_t groups;
  int16_t shift;
} td_packed_parts;

/* One channel's constants. */
typedef struct {
  int32_t multiplier;
  int32_t shift;
  int32_t round; /* Ra */
  int32_t fix;   /* 2 * half */
} td_packed_channel;

/* Half of what a channel with shift 12 rounds at: 128 shifted right by the multiplier's leading
 * zeros. */
static inline int32_t td_packed_half(int32_t multiplier) {
#if TD_DSP
  return (int32_t)(128u >> td_leading_zeros((uint32_t)multiplier));
#else
  uint32_t top = (uint32_t)multiplier >> 24;
  top |= top >> 1;
  top |= top >> 2;
  top |= top >> 4;
  return (int32_t)(top - (top >> 1));
#endif
}

/* `shift` is NULL in the modes with shift 12. */
static inline td_packed_channel td_packed_channel_of(const td_packed_requant *q, int32_t multiplier,
                                                     const int8_t *shift) {
  td_packed_channel c;
  c.multiplier = multiplier;
  if (shift) {
    c.shift = *shift;
    c.round = q->half + q->round * (1 << (*shift - 1));
    c.fix = 2 * q->half;
  } else {
    const int32_t half = td_packed_half(multiplier);
    c.shift = 12;
    c.round = q->round + half;
    c.fix = 2 * half;
  }
  return c;
}

/* One output before it is clamped. */
static inline int32_t td_packed_value(const td_packed_channel *c, int32_t x) {
  return td_smmla(x, c->multiplier, c->round - (c->fix & (x >> 31))) >> c->shift;
}

/* One output, in any mode. */
static inline int8_t td_packed_output(const td_packed_requant *q, const td_packed_channel *c,
                                      int32_t x) {
  const int32_t value = td_packed_value(c, x);
  const int32_t raised = value < q->activation_min ? q->activation_min : value;
  return (int8_t)(raised > q->activation_max ? q->activation_max : raised);
}

/* The activation words of four inputs: with vector instructions, the inputs themselves, each pair
 * swapped as the weights' bytes are. */
#define TD_PACKED_WORDS (TD_MVE ? 1 : 2)

static inline uint32_t td_packed_u(uint32_t inputs) {
#if TD_DSP
  return td_sxtab16(0xff81ff81u, inputs);
#else
  /* With b = a + 128 the lane is b - 255, which is 0xff00 | b plus 1: without a carry between
   * lanes. */
  const uint32_t b = (inputs & 0x00ff00ffu) ^ 0x00800080u;
  return ((0x7f007f00u | b) + 0x00010001u) ^ 0x80008000u;
#endif
}

static inline uint32_t td_packed_l(uint32_t inputs) {
  return inputs ^ 0x007f007fu;
}

/* The last `count` (1 to 3) inputs of a run, without reading past them. */
static inline uint32_t td_packed_tail(const int8_t *inputs, int32_t count) {
  uint32_t word = (uint8_t)inputs[0];
  if (count > 1) {
    word |= (uint32_t)(uint8_t)inputs[1] << 8;
  }
  if (count > 2) {
    word |= (uint32_t)(uint8_t)inputs[2] << 16;
  }
  return word;
}

#endif
