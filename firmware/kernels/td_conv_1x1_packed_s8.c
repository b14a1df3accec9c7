#include "td_conv_1x1_packed_s8.h"

#include "td_packed_block_s8.h"
#include "td_packed_fold_s8.h"
#include "td_packed_widen.h"
#include "td_packed_widen_4_s8.h"

/* The inputs of `pixels` pixels to activation words. */
static void widen(const td_packed_runs *runs, int32_t pixels, const int8_t *input, uint32_t *acts) {
  const int32_t depth = runs->stride;
  int32_t done = 0;
  if (pixels == 4) {
    acts = td_packed_widen_4_s8(runs, input, 1, acts, NULL);
    done = runs->count;
  }
  if (done < depth) {
    for (int32_t i = 0; i < pixels; i++) {
      td_packed_widen_1(acts + i, pixels, input + i * depth + done, depth - done);
    }
  }
}

/* Makes a block of four pixels from the last of the one before and `count` others. */
static void widen_last(const td_packed_runs *runs, int32_t count, const int8_t *input, int32_t rows,
                       uint32_t *acts) {
  const int32_t kept = 4 - count;
  uint32_t *row = acts;
  for (; rows > 0; rows--) {
    for (int32_t i = 0; i < kept; i++) {
      row[i] = row[i + count];
    }
    row += 4;
  }
  for (int32_t i = 0; i < count; i++) {
    td_packed_widen_1(acts + kept + i, 4, input + i * runs->stride, runs->stride);
  }
}

void td_conv_1x1_packed_s8(const td_conv_1x1_packed_s8_params *p, const int8_t *input,
                           const int8_t *filter, const void *bias, int8_t *output, void *scratch) {
  const int32_t depth = p->input_channels;
  const td_packed_runs runs = {
      .stride = depth, .step = 0, .count = depth & ~3, .left = 0, .rest_stride = 0};
  td_packed_block block = TD_PACKED_BLOCK_OF(p, filter, bias, (depth + 3) / 4, p->output_channels);
  uint32_t *acts = (uint32_t *)scratch;
  if (p->plain_bias) {
    acts = td_packed_fold_s8(&block, p->input_zero_point, scratch);
  }
  block.acts = acts;
  int32_t left = p->pixels;
  while (left > 0) {
    const int32_t count = td_packed_block_pixels(left);
    if (left < 4 && left > 1 && p->pixels > 4) { /* cheaper than less than four at a time */
      widen_last(&runs, left, input, TD_PACKED_WORDS * block.groups, acts);
      td_packed_block_s8(&block, output - (4 - left) * p->output_channels);
      break;
    }
    widen(&runs, count, input, acts);
    if (count != block.pixels) {
      td_packed_block_prepare(&block, count);
    }
    td_packed_block_s8(&block, output);
    input += count * depth;
    output += count * p->output_channels;
    left -= count;
  }
}
