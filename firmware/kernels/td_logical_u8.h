/* Whether both of two conditions hold, or one of them, with broadcasting.
 *
 * input1, input2, output: 0 or 1. The output is dense, of `shape`; strides are in elements, 0 where
 * an input is broadcast. */
#ifndef TD_LOGICAL_U8_H
#define TD_LOGICAL_U8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  int8_t either; /* one is enough */
} td_logical_u8_params;

void td_logical_u8(const td_logical_u8_params *p, const uint8_t *input1, const uint8_t *input2,
                   uint8_t *output);

#ifdef __cplusplus
}
#endif
#endif
