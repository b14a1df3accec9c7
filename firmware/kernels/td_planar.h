/* Channels of an NHWC image as planes of pairs: what depthwise kernels work on.
 *
 * Four channels at a time, widened to 16 bits and less the zero point, lie in scratch memory as
 * `[pair of columns][row][channel 0-3][2]` halfwords. Outside the image they are zero. */
#ifndef TD_PLANAR_H
#define TD_PLANAR_H

#include <stdint.h>

#include "td_dsp_dw.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TD_PLANAR_ROW_BYTES 16 /* one row of one pair of columns: 4 channels of a pair */

typedef struct {
  int32_t input_height;
  int32_t input_width;
  int32_t channels;   /* of the image */
  int32_t right;      /* in the image, from a pixel to its right neighbour, in bytes */
  int32_t down;       /* the same to the one below */
  int32_t input_zero; /* zero point: [-128, 127] */
  int32_t pad_left;
  int32_t pairs; /* of columns, padding included */
  int32_t rows;  /* that the scratch memory holds */
} td_planar;

/* Sets all planes to zero. */
void td_planar_clear(const td_planar *p, uint32_t *planes);

/* Copies four channels of image rows [row, row + count), each of which may lie outside the image,
 * to the planes' rows from `plane_row` on. `input` is the first channel of the image's first pixel;
 * the image has four channels at least: td_planar_few.h copies fewer. */
void td_planar_copy(const td_planar *p, const int8_t *input, int32_t row, int32_t count,
                    int32_t plane_row, int cleared, uint32_t *planes);

/* Moves the planes' rows [from, from + count) to row 0. */
void td_planar_keep(const td_planar *p, int32_t from, int32_t count, uint32_t *planes);

#ifdef __cplusplus
}
#endif
#endif
