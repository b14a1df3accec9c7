/* The depthwise kernels for windows other than 3x3, whose C files name one, include what walks a
 * channel's outputs (td_depthwise_window_walk.h or td_depthwise_short_walk.h) and set what it can
 * do: TD_DW_KERNEL, TD_DW_LINEAR, TD_DW_CLAMP. */
#ifndef TD_DEPTHWISE_WINDOW_BODY_H
#define TD_DEPTHWISE_WINDOW_BODY_H

#include "td_depthwise_lattice.h"
#include "td_depthwise_record.h"
#include "td_planar_few.h"

static void set_channel(td_window_walk *l, const td_depthwise_channel *channel) {
  l->multiplier = channel->multiplier;
  l->rounding = channel->rounding;
  l->negative_rounding = channel->negative_rounding;
  l->bias = channel->bias;
}

static void convolve_image(const params *p, const int8_t *input, const uint8_t *filter,
                           int8_t *output, void *scratch) {
  int32_t runs;
  const int32_t words = row_words(p, &runs);
  const td_planar planar = {p->input_height,
                            p->input_width,
                            p->channels,
                            p->input_right,
                            p->input_down,
                            p->input_zero,
                            p->pad_left,
                            (p->output_width - 1) / 2 * p->stride_width + words,
                            (p->strip_rows - 1) * p->stride_height + p->filter_height};
  const td_depthwise_layer layer = {(uint32_t)p->ratio, p->ratio_low, p->weight_shift,
                                    (2 * p->output_zero + 1) * (1 << (TD_DW_SHIFT - 1))};
  uint32_t *planes = (uint32_t *)scratch;
  uint32_t *weights = planes + planar.pairs * planar.rows * (TD_PLANAR_ROW_BYTES / 4);
  td_window_walk walk = prepare(p, &planar, weights);
  memset(weights, 0, (size_t)(p->filter_height * words) * 8);
  /* What one strip leaves outside the image stays so for all channels. */
  const int cleared = p->strip_rows >= p->output_height;
  if (cleared) {
    td_planar_clear(&planar, planes);
  }
  const int32_t shared = p->filter_height - p->stride_height; /* input rows, by two strips */
  for (int32_t c = 0; c < p->channels;) {
    const int32_t left = p->channels - c;
    const int32_t count = left < 4 ? left : 4;
    /* When channels are no multiple of 4, the last group reads those before it again. */
    const int32_t skip = p->channels < 4 ? 0 : 4 - count;
    const uint8_t *record = filter;
    for (int32_t y = 0; y < p->output_height; y += p->strip_rows) {
      const int32_t room = p->output_height - y;
      const int32_t rows = room < p->strip_rows ? room : p->strip_rows;
      const int32_t kept = y == 0 || shared < 0 ? 0 : shared;
      if (kept > 0) {
        td_planar_keep(&planar, p->strip_rows * p->stride_height, kept, planes);
      }
      td_planar_copy_few(&planar, input + c - skip, y * p->stride_height - p->pad_top + kept,
                         (rows - 1) * p->stride_height + p->filter_height - kept, kept, cleared,
                         planes);
      record = filter;
      int8_t *place = output + y * p->output_down + c * p->depth_multiplier;
      for (int32_t k = 0; k < count * p->depth_multiplier; k++, place++) {
        td_depthwise_channel channel;
        uint32_t shift;
        const uint8_t *const taps = record;
        record += p->filter_height * p->filter_width;
        record = td_depthwise_constants(record, &layer, &shift, &channel);
        spread(p, taps, shift, &walk, (int16_t *)(void *)weights);
        set_channel(&walk, &channel);
        convolve_rows(p, &walk, rows, walk.along, planes + skip + k / p->depth_multiplier, place);
      }
    }
    filter = record;
    c += count;
  }
}

void TD_DW_KERNEL(const params *p, const int8_t *input, const uint8_t *filter, int8_t *output,
                  void *scratch) {
  params image = *p;
  image.input_right *= p->dilation_width;
  image.input_down *= p->dilation_height;
  image.output_right *= p->dilation_width;
  image.output_down *= p->dilation_height;
  for (int32_t y = 0; y < p->dilation_height && y < p->output_height; y++) {
    const td_lattice rows = td_lattice_of(y, p->stride_height, p->dilation_height, p->pad_top,
                                          p->input_height, p->output_height);
    image.input_height = (int16_t)rows.input_size;
    image.output_height = (int16_t)rows.output_size;
    image.pad_top = (int16_t)rows.pad;
    for (int32_t x = 0; x < p->dilation_width && x < p->output_width; x++) {
      const td_lattice columns = td_lattice_of(x, p->stride_width, p->dilation_width, p->pad_left,
                                               p->input_width, p->output_width);
      image.input_width = (int16_t)columns.input_size;
      image.output_width = (int16_t)columns.output_size;
      image.pad_left = (int16_t)columns.pad;
      convolve_image(&image, input + rows.input * p->input_down + columns.input * p->input_right,
                     filter, output + y * p->output_down + x * p->output_right, scratch);
    }
  }
}

#endif
