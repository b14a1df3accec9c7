#include "td_add_linear_s8.h"

#include "td_add_linear.h"
#include "td_mve.h"

#if TD_MVE

void td_add_linear_s8(const td_add_linear_s8_params *p, const int8_t *input1, const int8_t *input2,
                      int8_t *output) {
  const int32x4_t first = vdupq_n_s32(p->multiplier1);
  const int32x4_t low = vdupq_n_s32(p->activation_min);
  const int32x4_t high = vdupq_n_s32(p->activation_max);
  _Static_assert(TD_ADD_LINEAR_SHIFT == 21, "in the code below");
  __asm volatile("wlstp.32 lr, %[count], 2f\n"
                 "1:\n\t"
                 "vldrb.s32 q0, [%[input1]], #4\n\t"
                 "vldrb.s32 q1, [%[input2]], #4\n\t"
                 "vmlas.s32 q0, %q[first], %[offset]\n\t"
                 "vmla.s32 q0, q1, %[second]\n\t"
                 "vshr.s32 q0, q0, #21\n\t"
                 "vmax.s32 q0, q0, %q[low]\n\t"
                 "vmin.s32 q0, q0, %q[high]\n\t"
                 "vstrb.32 q0, [%[output]], #4\n\t"
                 "letp lr, 1b\n"
                 "2:"
                 : [input1] "+r"(input1), [input2] "+r"(input2), [output] "+r"(output)
                 : [count] "r"(p->count), [offset] "r"(p->offset), [second] "r"(p->multiplier2),
                   [first] "w"(first), [low] "w"(low), [high] "w"(high)
                 : "lr", "q0", "q1", "memory");
}

#else

void td_add_linear_s8(const td_add_linear_s8_params *p, const int8_t *input1, const int8_t *input2,
                      int8_t *output) {
  const int32_t a = p->multiplier1;
  const int32_t b = p->multiplier2;
  const int32_t offset = p->offset;
  const int32_t low = p->activation_min;
  const int32_t high = p->activation_max;
  const int unclamped = low == INT8_MIN && high == INT8_MAX;
  int32_t left = p->count;
  for (; unclamped && left >= 4; left -= 4) {
    output[0] = (int8_t)td_add_linear_output(input1[0] * a + (input2[0] * b + offset));
    output[1] = (int8_t)td_add_linear_output(input1[1] * a + (input2[1] * b + offset));
    output[2] = (int8_t)td_add_linear_output(input1[2] * a + (input2[2] * b + offset));
    output[3] = (int8_t)td_add_linear_output(input1[3] * a + (input2[3] * b + offset));
    input1 += 4;
    input2 += 4;
    output += 4;
  }
  for (; left > 0; left--) {
    const int32_t value = td_add_linear_output(*input1++ * a + (*input2++ * b + offset));
    *output++ = (int8_t)td_clamp(value, low, high);
  }
}

#endif
