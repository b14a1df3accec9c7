/* Sums of products of four pixels' inputs and two channels' weights, the heart of the convolutions
 * with int16 activations (td_pixel_pairs_s16.h) and with 4-bit weights (td_pixel_pairs_s4.h). */
#ifndef TD_PIXEL_SUMS_H
#define TD_PIXEL_SUMS_H

#include "td_dsp_dw.h"

#define TD_PIXELS 4

/* Two weights of both channels with two inputs of each pixel. Registers: r0 activations, r2 and r3
 * those of two pixels, r12 and lr weights of two channels; sums in r4 to r11, a pixel's side by
 * side. */
#define TD_SUMS_HALF                                                                               \
  "ldrd r2, r3, [r0], #8\n\t"                                                                      \
  "smlad r4, r2, r12, r4\n\t"                                                                      \
  "smlad r5, r2, lr, r5\n\t"                                                                       \
  "smlad r6, r3, r12, r6\n\t"                                                                      \
  "smlad r7, r3, lr, r7\n\t"                                                                       \
  "ldrd r2, r3, [r0], #8\n\t"                                                                      \
  "smlad r8, r2, r12, r8\n\t"                                                                      \
  "smlad r9, r2, lr, r9\n\t"                                                                       \
  "smlad r10, r3, r12, r10\n\t"                                                                    \
  "smlad r11, r3, lr, r11\n\t"
#define TD_SUMS_HALF_BYTES 40

/* Bytes to skip of four groups of `bytes` each, that `groups` be taken. */
static inline int32_t td_pixel_sums_skip(int32_t groups, int32_t bytes) {
  return (-groups & 3) * bytes;
}

/* One half in plain C: weights are those of two channels, sign-extended. */
static inline void td_pixel_sums_half(int32_t *sums, const uint32_t *acts, uint32_t first,
                                      uint32_t second) {
  for (int32_t i = 0; i < TD_PIXELS; i++) {
    sums[2 * i] = td_smlad(acts[i], first, sums[2 * i]);
    sums[2 * i + 1] = td_smlad(acts[i], second, sums[2 * i + 1]);
  }
}

#endif
