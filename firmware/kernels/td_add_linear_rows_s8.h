/* Sum or difference of two int8 tensors, broadcast to the output's shape, as one linear form.
 *
 * output[i] = clamp((input1[…] * multiplier1 + input2[…] * multiplier2 + offset) >> 21)
 *
 * As td_add_linear_s8 says. An input's stride is 0 along dimensions that it does not have. The
 * output may be the memory of an input of its own size. */
#ifndef TD_ADD_LINEAR_ROWS_S8_H
#define TD_ADD_LINEAR_ROWS_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  int32_t multiplier1;
  int32_t multiplier2;
  int32_t offset; /* zero points and rounding */
  int16_t activation_min;
  int16_t activation_max;
} td_add_linear_rows_s8_params;

void td_add_linear_rows_s8(const td_add_linear_rows_s8_params *p, const int8_t *input1,
                           const int8_t *input2, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
