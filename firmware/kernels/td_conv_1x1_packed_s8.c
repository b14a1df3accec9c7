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
