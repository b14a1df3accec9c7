/* Rows of a float32 tensor, each divided by its length, or by 1e-6 where that is less.
 *
 * input, output float32 [rows, depth] */
#ifndef TD_L2_NORMALIZATION_F32_H
#define TD_L2_NORMALIZATION_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t rows;
  int32_t depth;
} td_l2_normalization_f32_params;

void td_l2_normalization_f32(const td_l2_normalization_f32_params *p, const float *input,
                             float *output);

#ifdef __cplusplus
}
#endif
#endif
