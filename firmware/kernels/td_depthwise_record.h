/* One channel of a packed 3x3 depthwise filter, and how it is unpacked.
 *
 * bytes 0-7   w00 w10 w01 w11 w20 w02 w21 w12 (row, column), signed: SXTB16 gives pairs
 * byte  8     w22
 * then        the bias, the scale and how far this channel's weights are shifted left beyond the
 *             layer's weight_shift, as td_scaled_multiplier.h says; or, in a wide record, that
 *             shift in a byte, the bias and the multiplier, int32
 *
 * A record of 14 (wide: 18) bytes has no alignment.
 *
 * With s = weight_shift + extra, all weights and
 * the bias are scaled by 2^s, so that every channel's accumulator x has the same right shift: the
 * output is saturate8((high32(x * multiplier) + r) >> TD_DW_SHIFT) with r = 2^(s - 2) +
 * 2^(TD_DW_SHIFT - 1) + (zero_point << TD_DW_SHIFT): see docs/engine.md. */
#ifndef TD_DEPTHWISE_RECORD_H
#define TD_DEPTHWISE_RECORD_H

#include "td_depthwise_grid.h"
#include "td_scaled_multiplier.h"

/* Both halves of `pair` shifted left; `spill` has the bits that the low half leaves in the high
 * one. */
TD_INLINE uint32_t td_shift_pair(uint32_t pair, uint32_t shift, uint32_t spill) {
  return pair << shift & ~spill;
}

/* What the records of a layer have in common. */
typedef struct {
  uint32_t ratio; /* the ratio of scales, upper 31 bits; 0: records are wide */
  uint32_t ratio_low;
  uint32_t weight_shift;
  int32_t rounding; /* but for 2^(s - 2) */
} td_depthwise_layer;

/* Fills in what follows a record's taps: `s` into `shift`, then the channel's constants; returns
 * the next record. */
TD_INLINE const uint8_t *td_depthwise_constants(const uint8_t *record,
                                                const td_depthwise_layer *layer, uint32_t *shift,
                                                td_depthwise_channel *channel) {
  uint32_t bias;
  if (layer->ratio == 0) {
    *shift = layer->weight_shift + record[0];
    bias = td_load_word(record + 1);
    channel->multiplier = (int32_t)td_load_word(record + 5);
    record += 9;
  } else {
    const td_scaled scaled = td_scaled_of(record);
    *shift = layer->weight_shift + scaled.shift;
    bias = (uint32_t)scaled.bias;
    channel->multiplier = td_scaled_multiplier(scaled.scale, layer->ratio, layer->ratio_low);
    record += TD_SCALED_BYTES;
  }
  channel->bias = (int32_t)(bias << *shift);
  channel->rounding = layer->rounding + (1 << (*shift - 2));
  channel->negative_rounding = layer->rounding - (1 << (*shift - 2));
  return record;
}

/* Fills in a channel; returns the next record. `tail` becomes the pair (w02, w12) and w22. */
TD_INLINE const uint8_t *td_depthwise_unpack(const uint8_t *record, const td_depthwise_layer *layer,
                                             td_depthwise_channel *channel) {
  const uint32_t first = td_load_word(record);
  const uint32_t second = td_load_word(record + 4);
  const int32_t last = (int8_t)record[8];
  uint32_t shift;
  record = td_depthwise_constants(record + 9, layer, &shift, channel);
  const uint32_t spill = ((1u << shift) - 1u) << 16;
  channel->head[0] = td_shift_pair(td_sxtab16(0, first), shift, spill);
  channel->head[1] = td_shift_pair(td_sxtab16_odd(0, first), shift, spill);
  channel->head[2] = td_shift_pair(td_sxtab16(0, second), shift, spill);
  channel->tail[0] = td_shift_pair(td_sxtab16_odd(0, second), shift, spill);
  channel->tail[1] = (uint32_t)last << shift;
  return record;
}

#endif
