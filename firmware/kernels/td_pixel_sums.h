/* Sums of products of four pixels' inputs and two channels' weights, the heart of the convolutions
 * that have int16 activations or 4-bit weights; see td_pixel_pairs_s16.h and td_pixel_sums_s4.h. */
#ifndef TD_PIXEL_SUMS_H
#define TD_PIXEL_SUMS_H

#include "td_dsp_dw.h"

#define TD_PIXELS 4

typedef struct {
  int32_t sums[2 * TD_PIXELS]; /* [pixel][channel]: first what to add to, then the sums */
  const uint32_t *acts_end;
  int32_t skip; /* bytes of the unrolled loop that its first pass leaves out */
} td_pixel_sums;

/* For the naked functions (acts, weights, td_pixel_sums *). Registers: r0 activations, r1 weights,
 * r2 and r3 activations of two pixels, r12 and lr weights of two channels; sums in r4 to r11. On
 * the stack: where the activations end, and the struct. */
#define TD_SUMS_ENTER                                                                              \
  "push {r4-r11, lr}\n\t"                                                                          \
  "ldr r3, [r2, #36]\n\t"                                                                          \
  "ldr r12, [r2, #32]\n\t"                                                                         \
  "push {r2, r12}\n\t"                                                                             \
  "ldmia r2, {r4-r11}\n\t"                                                                         \
  ".p2align 2\n\t"                                                                                 \
  "add pc, r3\n\t"                                                                                 \
  "nop\n"                                                                                          \
  "1:\n\t"
#define TD_SUMS_LEAVE                                                                              \
  "ldr r2, [sp, #4]\n\t"                                                                           \
  "cmp r0, r2\n\t"                                                                                 \
  "bne.w 1b\n\t"                                                                                   \
  "pop {r2, r3}\n\t"                                                                               \
  "stmia r2, {r4-r11}\n\t"                                                                         \
  "pop {r4-r11, pc}\n"

/* Two weights of both channels with two inputs of each pixel. */
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
