#include "td_l2_pool_2d_f32.h"

#include <math.h>

#include "td_float.h"
#include "td_window.h"

static void pool_pixel(const td_l2_pool_2d_f32_params *p, const float *input, int32_t y0,
                       int32_t x0, float *output) {
  const td_taps rows = td_taps_inside(y0, 1, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, 1, p->filter_width, p->input_width);
  for (int32_t c = 0; c < p->channels; c++) {
    float value = 0.0f;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
      for (int32_t kx = columns.begin; kx < columns.end; kx++) {
        const float x = input[((y0 + ky) * p->input_width + x0 + kx) * p->channels + c];
        value += x * x;
      }
    }
    const int32_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
    output[c] = td_limit(sqrtf(value / (float)count), p->activation_min, p->activation_max);
  }
}

void td_l2_pool_2d_f32(const td_l2_pool_2d_f32_params *p, const float *input, float *output) {
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
