#include "td_resize_bilinear_f32.h"

#include <math.h>

typedef struct {
  int32_t low;
  int32_t high;
  float part; /* of `high` */
} between;

static between place(int32_t i, float scale, float offset, int32_t size) {
  const float at = ((float)i + offset) * scale - offset;
  const float below = floorf(at);
  between b;
  b.low = at > 0.0f ? (int32_t)below : 0;
  b.high = (int32_t)ceilf(at) < size - 1 ? (int32_t)ceilf(at) : size - 1;
  b.high = b.high < 0 ? 0 : b.high;
  b.part = at - (float)b.low;
  return b;
}

void td_resize_bilinear_f32(const td_resize_bilinear_f32_params *p, const float *input,
                            float *output) {
  const int32_t row = p->input_width * p->channels;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t y = 0; y < p->output_height; y++) {
      const between v = place(y, p->height_scale, p->offset, p->input_height);
      for (int32_t x = 0; x < p->output_width; x++) {
        const between h = place(x, p->width_scale, p->offset, p->input_width);
        for (int32_t c = 0; c < p->channels; c++) {
          const float *left = input + h.low * p->channels + c;
          const float *right = input + h.high * p->channels + c;
          *output++ = left[v.low * row] * (1.0f - v.part) * (1.0f - h.part) +
                      left[v.high * row] * v.part * (1.0f - h.part) +
                      right[v.low * row] * (1.0f - v.part) * h.part +
                      right[v.high * row] * v.part * h.part;
        }
      }
    }
    input += p->input_height * row;
  }
}
