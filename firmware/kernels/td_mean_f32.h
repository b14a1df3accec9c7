/* Mean or sum over some dimensions of a float32 tensor: the sum over `divisor`.
 *
 * The input's dimensions are two kept and two reduced ones of any order, each with its stride in
 * the input; what there are fewer of has size 1. output float32 [kept[0], kept[1]] */
#ifndef TD_MEAN_F32_H
#define TD_MEAN_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t kept[2];
  int32_t kept_stride[2];
  int32_t reduced[2];
  int32_t reduced_stride[2];
  float divisor;
} td_mean_f32_params;

void td_mean_f32(const td_mean_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
