/* Constant padding of an int32 tensor of up to four dimensions, outermost first.
 *
 * input  int32 [shape[0], …, shape[3]]
 * output int32 [before[i] + shape[i] + after[i]] */
#ifndef TD_PAD_S32_H
#define TD_PAD_S32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t before[4];
  int32_t after[4];
  int32_t value;
} td_pad_s32_params;

void td_pad_s32(const td_pad_s32_params *p, const int32_t *input, int32_t *output);

#ifdef __cplusplus
}
#endif
#endif
