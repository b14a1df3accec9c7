/* Sum or difference of two int8 tensors of one shape as one linear form.
 *
 * output[i] = clamp((input1[i] * multiplier1 + input2[i] * multiplier2 + offset) >> 21)
 *
 * The compiler has compared this with the reference's three roundings for all 65,536 pairs of
 * inputs (tinydeploy/packing/add.py). Nothing leaves 32 bits. The output may be the memory of
 * either input. */
#ifndef TD_ADD_LINEAR_S8_H
#define TD_ADD_LINEAR_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t count;
  int32_t multiplier1;
  int32_t multiplier2;
  int32_t offset; /* zero points and rounding */
  int16_t activation_min;
  int16_t activation_max;
} td_add_linear_s8_params;

void td_add_linear_s8(const td_add_linear_s8_params *p, const int8_t *input1, const int8_t *input2,
                      int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
