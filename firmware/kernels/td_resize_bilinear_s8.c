#include "td_resize_bilinear_s8.h"

#define ONE 1024

/* Two neighbours and the distance to the first, which is negative before the first pixel. */
typedef struct {
  int32_t low;
  int32_t high;
  int32_t fraction;
} place;

static place place_of(int32_t at, int32_t size) {
  place found;
  const int32_t high = (at + ONE - 1) / ONE;
  found.low = at < 0 ? 0 : at / ONE;
  found.high = high < size - 1 ? high : size - 1;
  found.fraction = at - found.low * ONE;
  return found;
}

static int8_t rounded(int32_t sum) {
  const int32_t half = ONE * ONE / 2;
  return (int8_t)((sum > 0 ? sum + half : sum - half) / (ONE * ONE));
}

static int8_t *resize_row(const td_resize_bilinear_s8_params *p, const int8_t *image, place y,
                          int8_t *output) {
  const int32_t row_size = p->input_width * p->channels;
  const int8_t *above = image + y.low * row_size;
  const int8_t *below = image + y.high * row_size;
  for (int32_t i = 0; i < p->output_width; i++) {
    const place x = place_of(i * p->width_scale + p->width_offset, p->input_width);
    const int32_t left = x.low * p->channels;
    const int32_t right = x.high * p->channels;
    for (int32_t c = 0; c < p->channels; c++) {
      const int32_t top = above[left + c] * (ONE - x.fraction) + above[right + c] * x.fraction;
      const int32_t bottom = below[left + c] * (ONE - x.fraction) + below[right + c] * x.fraction;
      *output++ = rounded(top * (ONE - y.fraction) + bottom * y.fraction);
    }
  }
  return output;
}

void td_resize_bilinear_s8(const td_resize_bilinear_s8_params *p, const int8_t *input,
                           int8_t *output) {
  for (int32_t batch = 0; batch < p->batches; batch++) {
    for (int32_t i = 0; i < p->output_height; i++) {
      const place y = place_of(i * p->height_scale + p->height_offset, p->input_height);
      output = resize_row(p, input, y, output);
    }
    input += p->input_height * p->input_width * p->channels;
  }
}
