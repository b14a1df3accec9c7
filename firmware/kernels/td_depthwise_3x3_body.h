/* The 3x3 depthwise kernels, whose C files name one and set its stride and what else it can do:
 * TD_DW_KERNEL, TD_DW_STRIDE, TD_DW_LINEAR, TD_DW_CLAMP, TD_DW_SPREAD. */
#ifndef TD_DEPTHWISE_3X3_BODY_H
#define TD_DEPTHWISE_3X3_BODY_H

#include "td_depthwise_lattice.h"
#include "td_depthwise_record.h"
#include "td_planar_few.h"
#if TD_DW_STRIDE == 1
#include "td_depthwise_blocks.h"
#else
#include "td_depthwise_blocks_s2.h"
#endif

/* What follows runs once a channel or less: small is better than fast. */
#if TD_DSP
#pragma GCC optimize("Os")
#endif

#define OVERLAP (3 - TD_DW_STRIDE) /* input rows that two strips share */

/* Of images as the kernel sees them: bytes from a pixel to its right neighbour and to the one
 * below, input and output. */
#if TD_DW_SPREAD
typedef td_depthwise_3x3_spread_params params;
#define MULTIPLIER(p) ((p)->depth_multiplier)
#define INPUT_RIGHT(p) ((p)->channels * (p)->dilation_width)
#define INPUT_DOWN(p) ((p)->input_row * (p)->dilation_height)
#define OUTPUT_RIGHT(p) (INPUT_RIGHT(p) * (p)->depth_multiplier)
#define OUTPUT_DOWN(p) ((p)->output_row * (p)->dilation_height)
#define COPY td_planar_copy_few
#else
typedef td_depthwise_3x3_params params;
#define MULTIPLIER(p) 1
#define INPUT_RIGHT(p) ((p)->channels)
#define INPUT_DOWN(p) ((p)->input_width * (p)->channels)
#define OUTPUT_RIGHT(p) ((p)->channels)
#define OUTPUT_DOWN(p) ((p)->output_width * (p)->channels)
#define COPY td_planar_copy
#endif

static int32_t even(int32_t rows) {
  return (rows + 1) / 2 * 2;
}

/* Blocks of one shape in a strip, and where its first one lies. */
typedef struct {
  td_depthwise_walk walk;
  int32_t columns;
  int32_t output;
  int32_t plane; /* in words */
} part;

/* Divides a strip of `rows` output rows into at most four parts; returns the end. A row that is
 * left over makes blocks of twice that row; of three rows the middle one is made twice. */
static part *divide(const params *p, int32_t rows, int32_t pair, part *next) {
  const int32_t right = OUTPUT_RIGHT(p);
  const int32_t below = OUTPUT_DOWN(p);
  const int32_t step = rows == 3 ? 1 : 2;
  for (int32_t i = 0; i < 4; i++) {
    const int32_t odd_row = i >> 1;
    const int32_t odd_column = i & 1;
    const int32_t down = rows == 3 ? 2 - 2 * odd_row : odd_row ? rows & 1 : rows >> 1;
    const int32_t across = odd_column ? p->output_width & 1 : p->output_width >> 1;
    const int32_t y = odd_row ? rows - 1 : 0;
    const int32_t x = odd_column ? p->output_width - 1 : 0;
    if (down * across == 0) {
      continue;
    }
    next->columns = 2 - odd_column;
    next->output = y * below + x * right;
    next->plane = TD_DW_STRIDE * (y * (TD_PLANAR_ROW_BYTES / 4) + (x >> 1) * (pair >> 2));
    next->walk.right = right;
    next->walk.below = odd_row ? 0 : below;
    next->walk.pair = pair;
    td_depthwise_steps(&next->walk, down, across, step * below, 2 * right,
                       TD_DW_STRIDE * step * TD_PLANAR_ROW_BYTES, TD_DW_STRIDE * pair);
    next++;
  }
  return next;
}

#if TD_DW_SPREAD
static void convolve_image(
#else
void TD_DW_KERNEL(
#endif
    const params *p, const int8_t *input, const uint8_t *filter, int8_t *output, void *scratch) {
  const td_planar planar = {p->input_height,
                            p->input_width,
                            p->channels,
                            INPUT_RIGHT(p),
                            INPUT_DOWN(p),
                            p->input_zero,
                            p->pad_left,
                            TD_DW_STRIDE == 1 ? (p->output_width + 1) / 2 + 1 : p->output_width + 1,
                            TD_DW_STRIDE * even(p->strip_rows) + OVERLAP};
  const td_depthwise_layer layer = {(uint32_t)p->ratio, p->ratio_low, p->weight_shift,
                                    (2 * p->output_zero + 1) * (1 << (TD_DW_SHIFT - 1))};
  uint32_t *planes = (uint32_t *)scratch;
  int32_t parts_rows = 0;
  const part *end = NULL;
  part parts[4];
  /* What one strip leaves outside the image stays so for all channels. */
  const int cleared = p->strip_rows >= p->output_height;
  if (cleared) {
    td_planar_clear(&planar, planes);
  }
  for (int32_t c = 0; c < p->channels;) {
    const int32_t left = p->channels - c;
    const int32_t count = left < 4 ? left : 4;
    /* When channels are no multiple of 4, the last group reads those before it again. */
    const int32_t skip = TD_DW_SPREAD && p->channels < 4 ? 0 : 4 - count;
    const uint8_t *record = filter;
    for (int32_t y = 0; y < p->output_height; y += p->strip_rows) {
      const int32_t room = p->output_height - y;
      const int32_t rows = room < p->strip_rows ? room : p->strip_rows;
      const int32_t kept = y == 0 ? 0 : OVERLAP;
      if (rows != parts_rows) {
        end = divide(p, rows, planar.rows * TD_PLANAR_ROW_BYTES, parts);
        parts_rows = rows;
      }
      if (kept > 0) {
        td_planar_keep(&planar, TD_DW_STRIDE * p->strip_rows, kept, planes);
      }
      COPY(&planar, input + c - skip, TD_DW_STRIDE * y - p->pad_top + kept,
           TD_DW_STRIDE * rows + OVERLAP - kept, kept, cleared, planes);
      record = filter;
      int8_t *place = output + y * OUTPUT_DOWN(p) + c * MULTIPLIER(p);
      for (int32_t k = 0; k < count * MULTIPLIER(p); k++, place++) {
        const uint32_t *plane = planes + skip + k / MULTIPLIER(p);
        td_depthwise_channel channel;
        record = td_depthwise_unpack(record, &layer, &channel);
#if TD_DW_CLAMP
        channel.low = td_pair(p->activation_min, p->activation_min);
        channel.high = td_pair(p->activation_max, p->activation_max);
#endif
        if (TD_DW_STRIDE == 1) {
          channel.tail[2] = td_pack_ends(channel.tail[1], channel.head[2]);
          channel.tail[1] = td_pack_ends(channel.tail[0] >> 16, channel.head[1]);
          channel.tail[0] = td_pack_ends(channel.tail[0], channel.head[0]);
        }
        for (const part *q = parts; q != end; q++) {
          (q->columns == 2 ? blocks_2x2 : blocks_2x1)(plane + q->plane, place + q->output, &channel,
                                                      &q->walk);
        }
      }
    }
    filter = record;
    c += count;
  }
}

#if TD_DW_SPREAD
void TD_DW_KERNEL(const params *p, const int8_t *input, const uint8_t *filter, int8_t *output,
                  void *scratch) {
  params image = *p;
  for (int32_t y = 0; y < p->dilation_height && y < p->output_height; y++) {
    const td_lattice rows = td_lattice_of(y, TD_DW_STRIDE, p->dilation_height, p->pad_top,
                                          p->input_height, p->output_height);
    image.input_height = (int16_t)rows.input_size;
    image.output_height = (int16_t)rows.output_size;
    image.pad_top = (int16_t)rows.pad;
    for (int32_t x = 0; x < p->dilation_width && x < p->output_width; x++) {
      const td_lattice columns = td_lattice_of(x, TD_DW_STRIDE, p->dilation_width, p->pad_left,
                                               p->input_width, p->output_width);
      image.input_width = (int16_t)columns.input_size;
      image.output_width = (int16_t)columns.output_size;
      image.pad_left = (int16_t)columns.pad;
      convolve_image(&image, input + rows.input * p->input_row + columns.input * p->channels,
                     filter, output + y * p->output_row + x * p->channels * p->depth_multiplier,
                     scratch);
    }
  }
}
#endif

#endif
