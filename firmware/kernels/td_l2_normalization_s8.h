/* Rows of an int8 tensor, each divided by its length; the output's scale is 1/128.
 *
 * input, output int8 [rows, depth]; depth is at most 8192, so that squares sum up below 2^29. */
#ifndef TD_L2_NORMALIZATION_S8_H
#define TD_L2_NORMALIZATION_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t input_offset; /* minus the input's zero point */
} td_l2_normalization_s8_params;

void td_l2_normalization_s8(const td_l2_normalization_s8_params *p, const int8_t *input,
                            int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
