/* The last step of sums as one linear form: td_add_linear_s8.h. */
#ifndef TD_ADD_LINEAR_H
#define TD_ADD_LINEAR_H

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"

#define TD_ADD_LINEAR_SHIFT 21

TD_INLINE int32_t td_add_linear_output(int32_t sum) {
#if TD_DSP
  int32_t r;
  __asm("ssat %0, #8, %1, asr #21" : "=r"(r) : "r"(sum));
  return r;
#else
  return td_clamp(sum >> TD_ADD_LINEAR_SHIFT, INT8_MIN, INT8_MAX);
#endif
}

#endif
