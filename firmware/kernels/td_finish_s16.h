/* How the packed kernels with int16 activations scale sums that fit 32 bits. */
#ifndef TD_FINISH_S16_H
#define TD_FINISH_S16_H

#include "td_dsp_dw.h"

/* x * multiplier / 2^(32 + shift), rounded to nearest, ties up. */
static inline int32_t td_scaled_s16(int32_t x, int32_t multiplier, int32_t shift) {
  return shift == 0 ? td_smmlar(x, multiplier, 0)
                    : td_smmla(x, multiplier, 1 << (shift - 1)) >> shift;
}

#endif
