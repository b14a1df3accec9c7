/* One channel of a packed 3x3 depthwise filter, and how it is unpacked.
 *
 * bytes 0-7   w00 w10 w01 w11 w20 w02 w21 w12 (row, column), signed: SXTB16 gives pairs
 * byte  8     w22
 * then        bias, int16, and the multiplier's bits 0-29 (bit 30 is set) with, in bits 30-31, how
 * far this channel's weights are shifted left beyond the layer's weight_shift; or, when the layer's
 * records are wide, that shift in a byte, the bias and the multiplier, int32
 *
 * A record of 15 (wide: 18) bytes has no alignment. With s = weight_shift + extra, all weights and
 * the bias are scaled by 2^s, so that every channel's accumulator x has the same right shift: the
 * output is saturate8((high32(x * multiplier) + r) >> TD_DW_SHIFT) with r = 2^(s - 2) +
 * 2^(TD_DW_SHIFT - 1) + (zero_point << TD_DW_SHIFT): see docs/engine.md. */
#ifndef TD_DEPTHWISE_RECORD_H
#define TD_DEPTHWISE_RECORD_H

#include "td_depthwise_grid.h"

/* Both halves of `pair` shifted left; `spill` has the bits that the low half leaves in the high
 * one. */
TD_INLINE uint32_t td_shift_pair(uint32_t pair, uint32_t shift, uint32_t spill) {
  return pair << shift & ~spill;
}

/* Fills in a channel; returns the next record. `common` is the rounding but for 2^(s - 2). `tail`
 * becomes the pair (w02, w12) and w22. */
TD_INLINE const uint8_t *td_depthwise_unpack(const uint8_t *record, uint32_t weight_shift, int wide,
                                             int32_t common, td_depthwise_channel *channel) {
  const uint32_t first = td_load_word(record);
  const uint32_t second = td_load_word(record + 4);
  const int32_t last = (int8_t)record[8];
  uint32_t shift = weight_shift;
  uint32_t bias;
  if (wide) {
    shift += record[9];
    bias = td_load_word(record + 10);
    channel->multiplier = (int32_t)td_load_word(record + 14);
    record += 18;
  } else {
    const uint32_t word = td_load_word(record + 11);
    shift += word >> 30;
    bias = (uint32_t)td_load_half(record + 9);
    channel->multiplier = (int32_t)((word & 0x3fffffffu) | 0x40000000u);
    record += 15;
  }
  const uint32_t spill = ((1u << shift) - 1u) << 16;
  channel->head[0] = td_shift_pair(td_sxtab16(0, first), shift, spill);
  channel->head[1] = td_shift_pair(td_sxtab16_odd(0, first), shift, spill);
  channel->head[2] = td_shift_pair(td_sxtab16(0, second), shift, spill);
  channel->tail[0] = td_shift_pair(td_sxtab16_odd(0, second), shift, spill);
  channel->tail[1] = (uint32_t)last << shift;
  channel->bias = (int32_t)(bias << shift);
  channel->rounding = common + (1 << (shift - 2));
  channel->negative_rounding = common - (1 << (shift - 2));
  return record;
}

#endif
