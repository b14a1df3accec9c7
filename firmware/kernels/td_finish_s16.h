/* How the packed kernels with int16 activations scale sums that fit 32 bits. */
#ifndef TD_FINISH_S16_H
#define TD_FINISH_S16_H

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"

typedef enum {
  TD_PAIRS_ALL, /* four pixels, an even number of channels, no shifts, outputs of the whole range */
  TD_PAIRS_RELU,  /* the same, outputs of zero and above */
  TD_PAIRS_ANY,   /* any number of pixels and channels, any range, and shifts */
  TD_PAIRS_RELU_N /* as RELU, outputs up to `activation_max` */
} td_pairs_mode;

/* x * multiplier / 2^(32 + shift), rounded to nearest, ties up. */
static inline int32_t td_scaled_s16(int32_t x, int32_t multiplier, int32_t shift) {
  return shift == 0 ? td_smmlar(x, multiplier, 0)
                    : td_smmla(x, multiplier, 1 << (shift - 1)) >> shift;
}

/* x saturated to the outputs of TD_PAIRS_RELU or, in another mode, of TD_PAIRS_ALL. */
static inline int32_t td_saturated_s16(int32_t x, int32_t mode) {
#if TD_DSP
  int32_t value;
  if (mode == TD_PAIRS_RELU) {
    __asm("usat %0, #15, %1" : "=r"(value) : "r"(x));
  } else {
    __asm("ssat %0, #16, %1" : "=r"(value) : "r"(x));
  }
  return value;
#else
  return td_clamp(x, mode == TD_PAIRS_RELU ? 0 : INT16_MIN, INT16_MAX);
#endif
}

#endif
