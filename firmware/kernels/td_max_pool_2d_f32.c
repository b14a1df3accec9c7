#include "td_max_pool_2d_f32.h"

#include <float.h>

#define TD_PARAMS td_max_pool_2d_f32_params
#include "td_pool_2d_float_body.h"

typedef struct {
  const float *first; /* its first pixel inside */
  int32_t height;     /* inside */
  int32_t width;
  int32_t row; /* to the next row of the image */
} window;

static inline float larger(float x, float value) {
  return x > value ? x : value;
}

static void four_channels(const td_max_pool_2d_f32_params *p, const window *at, int32_t channel,
                          float *output) {
  float a = -FLT_MAX;
  float b = -FLT_MAX;
  float c = -FLT_MAX;
  float d = -FLT_MAX;
  const float *row = at->first + channel;
  for (int32_t ky = at->height; ky > 0; ky--) {
    const float *in = row;
    for (int32_t kx = at->width; kx > 0; kx--) {
      a = larger(in[0], a);
      b = larger(in[1], b);
      c = larger(in[2], c);
      d = larger(in[3], d);
      in += p->channels;
    }
    row += at->row;
  }
  output[channel] = td_limit(a, p->activation_min, p->activation_max);
  output[channel + 1] = td_limit(b, p->activation_min, p->activation_max);
  output[channel + 2] = td_limit(c, p->activation_min, p->activation_max);
  output[channel + 3] = td_limit(d, p->activation_min, p->activation_max);
}

static float one_channel(const td_max_pool_2d_f32_params *p, const window *at, int32_t channel) {
  float value = -FLT_MAX;
  for (int32_t ky = 0; ky < at->height; ky++) {
    for (int32_t kx = 0; kx < at->width; kx++) {
      value = larger(at->first[ky * at->row + kx * p->channels + channel], value);
    }
  }
  return td_limit(value, p->activation_min, p->activation_max);
}

static void pool_pixel(const td_max_pool_2d_f32_params *p, const float *input, int32_t y0,
                       int32_t x0, float *output) {
  const td_taps rows = td_taps_inside(y0, 1, p->filter_height, p->input_height);
  const td_taps columns = td_taps_inside(x0, 1, p->filter_width, p->input_width);
  const int32_t first = (y0 + rows.begin) * p->input_width + x0 + columns.begin;
  const window at = {input + first * p->channels, rows.end - rows.begin,
                     columns.end - columns.begin, p->input_width * p->channels};
  int32_t channel = 0;
  for (; channel + 4 <= p->channels; channel += 4) {
    four_channels(p, &at, channel, output);
  }
  for (; channel < p->channels; channel++) {
    output[channel] = one_channel(p, &at, channel);
  }
}

void td_max_pool_2d_f32(const td_max_pool_2d_f32_params *p, const float *input, float *output) {
  pool(p, input, output);
}
