/* Constant padding of an int16 tensor of up to four dimensions, outermost first.
 *
 * input  int16 [shape[0], …, shape[3]]
 * output int16 [before[i] + shape[i] + after[i]] */
#ifndef TD_PAD_S16_H
#define TD_PAD_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t before[4];
  int32_t after[4];
  int16_t value;
} td_pad_s16_params;

void td_pad_s16(const td_pad_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
