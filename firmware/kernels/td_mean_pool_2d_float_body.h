/* Float pooling by a mean over what of a window is inside: the including file defines TD_PARAMS,
 * TD_SUMMAND(x), what is averaged, and TD_POOLED(mean), what becomes of it. */
#include "td_pool_2d_float_body.h"

static void pool_pixel(const TD_PARAMS *p, const float *input, int32_t y0, int32_t x0,
                       float *output) {
  const td_taps rows = td_taps_inside(y0, 1, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, 1, p->filter_width, p->input_width);
  const int32_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
  for (int32_t c = 0; c < p->channels; c++) {
    float value = 0.0f;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
      for (int32_t kx = columns.begin; kx < columns.end; kx++) {
        const float x = input[((y0 + ky) * p->input_width + x0 + kx) * p->channels + c];
        value += TD_SUMMAND(x);
      }
    }
    output[c] = td_limit(TD_POOLED(value / (float)count), p->activation_min, p->activation_max);
  }
}
