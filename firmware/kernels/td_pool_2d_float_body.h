/* The walk of the float pooling kernels: the including file defines TD_PARAMS, and below
 * `pool_pixel`, one output pixel of the window that begins at (y0, x0), which may lie outside. */
#include "td_float.h"
#include "td_window.h"

static void pool_pixel(const TD_PARAMS *p, const float *input, int32_t y0, int32_t x0,
                       float *output);

static void pool(const TD_PARAMS *p, const float *input, float *output) {
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      for (int32_t x = 0; x < p->output_width; x++) {
        pool_pixel(p, input, y * p->stride_height - p->pad_top, x * p->stride_width - p->pad_left,
                   output);
        output += p->channels;
      }
    }
    input += p->input_height * p->input_width * p->channels;
  }
}
