/* Where a row of a broadcast operand lies. */
#ifndef TD_BROADCAST_H
#define TD_BROADCAST_H

#include <stdint.h>

static inline int32_t td_place(const int32_t *stride, int32_t a, int32_t b, int32_t c) {
  return a * stride[0] + b * stride[1] + c * stride[2];
}

#endif
