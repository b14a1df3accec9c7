/* Constant padding of a float32 tensor of up to four dimensions, outermost first.
 *
 * input  float32 [shape[0], …, shape[3]]
 * output float32 [before[i] + shape[i] + after[i]] */
#ifndef TD_PAD_F32_H
#define TD_PAD_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t before[4];
  int32_t after[4];
  float value;
} td_pad_f32_params;

void td_pad_f32(const td_pad_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
