#include "td_depthwise_planar_s8.h"

#include "td_dsp_dw.h"
#include "td_planar.h"

#define ROW_WORDS (TD_PLANAR_ROW_BYTES / 4)

/* What a channel's blocks of 2x2 outputs need. Word k of a filter row is met by the same pair of
 * columns for both outputs of a row: `weights` has the left one's and the right one's weights for
 * it, with zeros where the window does not reach. Steps are in words. */
typedef struct {
  const uint32_t *weights; /* [filter_height][words][2] */
  int32_t filter_height;
  int32_t words;
  int32_t filter_step; /* in the planes, from filter row to filter row */
  int32_t below;       /* from an output row to the next */
  int32_t pair;
  int32_t bias;
  int32_t multiplier;
  int32_t left_shift; /* one more than the multiplier's */
  int32_t right_shift;
  int32_t rounding;
  int32_t correction; /* for negative accumulators */
  int32_t activation_min;
  int32_t activation_max;
} filter;

TD_INLINE int8_t requantize(const filter *f, int32_t acc) {
  const int32_t x = (int32_t)((uint32_t)acc << f->left_shift);
  int32_t value = td_smmlar(x, f->multiplier, f->rounding + (f->correction & (x >> 31)));
  value >>= f->right_shift;
  value = value < f->activation_min ? f->activation_min : value;
  return (int8_t)(value > f->activation_max ? f->activation_max : value);
}

/* Two outputs side by side in each of one or two rows. A column that does not exist repeats the
 * left one in `right` = 0: it is put first. */
TD_INLINE void convolve(const filter *f, const uint32_t *plane, int rows, int32_t right,
                        int32_t below, int8_t *output) {
  const uint32_t *w = f->weights;
  int32_t y0 = f->bias;
  int32_t y1 = f->bias;
  int32_t z0 = f->bias;
  int32_t z1 = f->bias;
  for (int32_t ky = 0; ky < f->filter_height; ky++) {
    const uint32_t *a = plane;
    const uint32_t *b = plane + f->below;
    for (int32_t k = f->words; k > 0; k--) {
      const uint32_t left_weights = *w++;
      const uint32_t right_weights = *w++;
      y0 = td_smlad(*a, left_weights, y0);
      y1 = td_smlad(*a, right_weights, y1);
      if (rows == 2) {
        z0 = td_smlad(*b, left_weights, z0);
        z1 = td_smlad(*b, right_weights, z1);
      }
      a += f->pair;
      b += f->pair;
    }
    plane += f->filter_step;
  }
  if (rows == 2) {
    output[below + right] = requantize(f, z1);
    output[below] = requantize(f, z0);
  }
  output[right] = requantize(f, y1);
  output[0] = requantize(f, y0);
}

/* The channel's weights as halfwords: filter column x lies at x * dilation, for the right output
 * `stride_width` further. */
static void spread(const td_depthwise_planar_s8_params *p, const int8_t *taps, int32_t words,
                   uint32_t *weights) {
  for (int32_t i = 0; i < p->filter_height * words * 2; i++) {
    weights[i] = 0;
  }
  for (int32_t ky = 0; ky < p->filter_height; ky++, weights += words * 2) {
    for (int32_t kx = 0; kx < p->filter_width; kx++) {
      const int32_t tap = *taps++;
      const int32_t left = kx * p->dilation_width;
      const int32_t right = left + p->stride_width;
      weights[left / 2 * 2] |= left % 2 ? td_pair(0, tap) : td_pair(tap, 0);
      weights[right / 2 * 2 + 1] |= right % 2 ? td_pair(0, tap) : td_pair(tap, 0);
    }
  }
}

static void convolve_rows(const td_depthwise_planar_s8_params *p, const filter *f, int32_t rows,
                          const uint32_t *planes, int8_t *output) {
  const int32_t channels = p->input_channels * p->depth_multiplier;
  const int32_t row_bytes = p->output_width * channels;
  for (int32_t y = 0; y < rows; y += 2) {
    const uint32_t *plane = planes + y * f->below;
    int8_t *out = output + y * row_bytes;
    for (int32_t x = 0; x < p->output_width; x += 2) {
      const int32_t right = x + 1 < p->output_width ? channels : 0;
      if (y + 1 < rows) {
        convolve(f, plane, 2, right, row_bytes, out);
      } else {
        convolve(f, plane, 1, right, 0, out);
      }
      plane += p->stride_width * f->pair;
      out += 2 * channels;
    }
  }
}

static void set_channel(const td_depthwise_planar_s8_params *p, const int32_t *bias,
                        int32_t channel, filter *f) {
  const int32_t shift = p->shift[channel];
  f->bias = bias[channel];
  f->multiplier = p->multiplier[channel];
  f->left_shift = 1 + (shift > 0 ? shift : 0);
  f->right_shift = shift < 0 ? -shift : 0;
  f->rounding = p->output_offset * (1 << f->right_shift) + ((1 << f->right_shift) >> 1);
  f->correction = shift < 0 ? -1 : 0;
}

void td_depthwise_planar_s8(const td_depthwise_planar_s8_params *p, const int8_t *input,
                            const int8_t *taps, const int32_t *bias, int8_t *output,
                            void *scratch) {
  const int32_t words = ((p->filter_width - 1) * p->dilation_width + p->stride_width) / 2 + 1;
  const int32_t reach = (p->filter_height - 1) * p->dilation_height + 1;
  const int32_t output_channels = p->input_channels * p->depth_multiplier;
  const int32_t tap_count = p->filter_height * p->filter_width;
  const td_planar planar = {p->input_height,
                            p->input_width,
                            p->input_channels,
                            p->input_zero,
                            p->pad_left,
                            (p->output_width - 1) / 2 * p->stride_width + words,
                            (p->strip_rows - 1) * p->stride_height + reach};
  uint32_t *planes = (uint32_t *)scratch;
  uint32_t *weights = planes + planar.pairs * planar.rows * ROW_WORDS;
  filter f = {.weights = weights,
              .filter_height = p->filter_height,
              .words = words,
              .filter_step = p->dilation_height * ROW_WORDS,
              .below = p->stride_height * ROW_WORDS,
              .pair = planar.rows * ROW_WORDS,
              .activation_min = p->activation_min,
              .activation_max = p->activation_max};
  for (int32_t c = 0; c < p->input_channels; c += 4) {
    const int32_t left = p->input_channels - c;
    const int32_t count = left < 4 ? left : 4;
    /* When channels are no multiple of 4, the last group reads those before it again. */
    const int32_t skip = p->input_channels < 4 ? 0 : 4 - count;
    for (int32_t y = 0; y < p->output_height; y += p->strip_rows) {
      const int32_t room = p->output_height - y;
      const int32_t rows = room < p->strip_rows ? room : p->strip_rows;
      const int32_t step = p->strip_rows * p->stride_height;
      const int32_t kept = y == 0 || reach - p->stride_height < 0 ? 0 : reach - p->stride_height;
      if (kept > 0) {
        td_planar_keep(&planar, step, kept, planes);
      }
      td_planar_copy(&planar, input + c - skip, y * p->stride_height - p->pad_top + kept,
                     (rows - 1) * p->stride_height + reach - kept, kept, planes);
      for (int32_t k = 0; k < count * p->depth_multiplier; k++) {
        const int32_t channel = c * p->depth_multiplier + k;
        set_channel(p, bias, channel, &f);
        spread(p, taps + channel * tap_count, words, weights);
        convolve_rows(p, &f, rows, planes + skip + k / p->depth_multiplier,
                      output + y * p->output_width * output_channels + channel);
      }
    }
  }
}
