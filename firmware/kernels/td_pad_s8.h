/* Constant padding of an int8 tensor of up to four dimensions, outermost first.
 *
 * input  int8 [shape[0], …, shape[3]]
 * output int8 [before[i] + shape[i] + after[i]] */
#ifndef TD_PAD_S8_H
#define TD_PAD_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t before[4];
  int32_t after[4];
  int8_t value;
} td_pad_s8_params;

void td_pad_s8(const td_pad_s8_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
