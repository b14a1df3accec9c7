/* Dilation in depthwise kernels: the output's rows (or columns) `phase`, `phase` + dilation, … are
 * made from every dilation-th row of the input, an image of its own with adjacent taps. */
#ifndef TD_DEPTHWISE_LATTICE_H
#define TD_DEPTHWISE_LATTICE_H

#include <stdint.h>

typedef struct {
  int32_t input; /* the first row */
  int32_t input_size;
  int32_t output_size;
  int32_t pad;
} td_lattice;

static inline td_lattice td_lattice_of(int32_t phase, int32_t stride, int32_t dilation, int32_t pad,
                                       int32_t input, int32_t output) {
  const int32_t ahead = phase * stride - pad;
  const int32_t first = ((ahead % dilation) + dilation) % dilation;
  const td_lattice l = {first, input > first ? (input - first + dilation - 1) / dilation : 0,
                        (output - phase + dilation - 1) / dilation, (first - ahead) / dilation};
  return l;
}

#endif
