/* The block of td_packed_block_s8.h for CPUs without DSP instructions: a lane at a time, with the
 * sums of all pixels in registers. */
#ifndef TD_PACKED_SCALAR_H
#define TD_PACKED_SCALAR_H

#include <stddef.h>

#include "td_packed_block_s8.h"
#include "td_packed_finish_s8.h"

/* One product after the other: sums in a tree would not fit the registers. */
#pragma GCC optimize("no-tree-reassoc")

#if defined(__ARM_ARCH_6M__)

/* Two lanes of a pixel's activations times the weights in `low` and `high`. */
#define TD_TWO_LANES(act, low, high, sum)                                                          \
  "ldr r6, [r0, #" act "]\n\t"                                                                     \
  "asrs r7, r6, #16\n\t"                                                                           \
  "sxth r6, r6\n\t"                                                                                \
  "muls r7, " high "\n\t"                                                                          \
  "muls r6, " low "\n\t"                                                                           \
  "add " sum ", r7\n\t"                                                                            \
  "add " sum ", r6\n\t"
#define TD_FOUR_PIXELS(a, b, c, d, low, high)                                                      \
  TD_TWO_LANES(a, low, high, "r8")                                                                 \
  TD_TWO_LANES(b, low, high, "r9")                                                                 \
  TD_TWO_LANES(c, low, high, "r10") TD_TWO_LANES(d, low, high, "r11")

/* A Cortex-M0 multiplies in few of its registers: one channel of four pixels, the sums, two words
 * apart, in the others. */
static __attribute__((noinline)) void td_packed_add_channel(const uint32_t *acts_begin,
                                                            const uint32_t *acts_end,
                                                            const int8_t *weights, uint32_t *sums) {
  register const uint32_t *acts __asm("r0") = acts_begin;
  register const int8_t *w __asm("r1") = weights;
  register uint32_t s0 __asm("r8") = sums[0];
  register uint32_t s1 __asm("r9") = sums[2];
  register uint32_t s2 __asm("r10") = sums[4];
  register uint32_t s3 __asm("r11") = sums[6];
  __asm volatile(".syntax unified\n"
                 "1:\n\t"
                 "ldr r2, [r1]\n\t"
                 "lsrs r5, r2, #16\n\t"
                 "sxtb r5, r5\n\t"
                 "sxtb r4, r2\n\t"
                 "asrs r3, r2, #16\n\t"
                 "sxth r2, r2\n\t"
                 /**/
                 TD_FOUR_PIXELS("0", "4", "8", "12", "r2", "r3")
                     TD_FOUR_PIXELS("16", "20", "24", "28", "r4", "r5") "adds r1, #8\n\t"
                                                                        "adds r0, #32\n\t"
                                                                        "cmp r0, %[end]\n\t"
                                                                        "bne 1b"
                 : "+r"(acts), "+r"(w), "+h"(s0), "+h"(s1), "+h"(s2), "+h"(s3)
                 : [end] "h"(acts_end)
                 : "r2", "r3", "r4", "r5", "r6", "r7", "cc", "memory");
  sums[0] = s0;
  sums[2] = s1;
  sums[4] = s2;
  sums[6] = s3;
}

#endif

/* What one lane of the pixels' activations and two channels' weights for it add to the sums. */
static inline void td_packed_add_lane(const int8_t *acts, int32_t pixels, int32_t w0, int32_t w1,
                                      uint32_t *sums) {
#pragma GCC unroll 4
  for (int32_t i = 0; i < pixels; i++) {
    const int32_t a = td_load_half(acts + 4 * i);
    sums[2 * i] += (uint32_t)(a * w0);
    sums[2 * i + 1] += (uint32_t)(a * w1);
  }
}

/* Two channels of the pixels from sums to outputs. */
static void td_packed_put_pair(const td_packed_block *b, int32_t first, const int32_t *sums,
                               int8_t *output) {
  const int32_t *const end = sums + 2 * b->pixels;
  const int32_t stride = b->stride;
  const int32_t lowest = b->requant.activation_min;
  const uint32_t span = (uint32_t)(b->requant.activation_max - lowest);
  for (int32_t c = 0; c < 2; c++) {
    const td_packed_channel channel = td_packed_channel_of(&b->requant, b->multiplier[first + c],
                                                           b->shift ? &b->shift[first + c] : NULL);
    int8_t *to = output + c;
    for (const int32_t *sum = sums; sum != end; sum += 2) {
      const int32_t value = td_packed_value(&channel, sum[c]) - lowest;
      const uint32_t inside = (uint32_t)value <= span ? (uint32_t)value : value < 0 ? 0u : span;
      *to = (int8_t)((int32_t)inside + lowest);
      to += stride;
    }
  }
}

/* The channels, two at a time; inlined for each number of pixels. */
__attribute__((always_inline)) static inline void
td_packed_scalar_of(const td_packed_block *b, int32_t pixels, int8_t *output) {
  const int8_t *const end = (const int8_t *)b->acts_end;
  const int8_t *w = b->filter;
  for (const int32_t *bias = b->bias; bias != b->bias_of_pairs_end; output += 2) {
    const uint32_t bias0 = (uint32_t)*bias++;
    const uint32_t bias1 = (uint32_t)*bias++;
    uint32_t s[8] = {bias0, bias1, bias0, bias1, bias0, bias1, bias0, bias1};
    const int8_t *acts = (const int8_t *)b->acts;
#if defined(__ARM_ARCH_6M__)
    if (pixels == 4) {
      td_packed_add_channel(b->acts, b->acts_end, w, s);
      td_packed_add_channel(b->acts, b->acts_end, w + 4, s + 1);
      acts = end;
      w += 8 * b->groups;
    }
#endif
    for (; acts != end; acts += 8 * pixels) {
      const int8_t *const even = acts + 4 * pixels;
      td_packed_add_lane(acts, pixels, td_load_half(w), td_load_half(w + 4), s);
      td_packed_add_lane(acts + 2, pixels, td_load_half(w + 2), td_load_half(w + 6), s);
      td_packed_add_lane(even, pixels, w[0], w[4], s);
      td_packed_add_lane(even + 2, pixels, w[2], w[6], s);
      w += 8;
    }
    int32_t sums[8];
#pragma GCC unroll 8
    for (int32_t i = 0; i < 2 * pixels; i++) {
      sums[i] = (int32_t)s[i];
    }
    if (b->totals) {
      td_packed_finish_s8(b, bias, sums, output);
    } else {
      td_packed_put_pair(b, (int32_t)(bias - b->bias) - 2, sums, output);
    }
  }
}

/* The channels of a block, two at a time. */
static void td_packed_scalar_pairs(const td_packed_block *b, int8_t *output) {
  if (b->pixels == 4) {
    td_packed_scalar_of(b, 4, output);
  } else if (b->pixels == 1) {
    td_packed_scalar_of(b, 1, output);
  } else if (b->pixels == 2) {
    td_packed_scalar_of(b, 2, output);
  } else {
    td_packed_scalar_of(b, 3, output);
  }
}

#endif
