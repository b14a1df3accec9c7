/* One channel of a packed 3x3 depthwise filter, and how it is unpacked.
 *
 * bytes 0-7   w00 w10 w01 w11 w20 w02 w21 w12 (row, column), signed: SXTB16 gives pairs
 * byte  8     w22
 * then        40 bits: 0-22 the fraction f of the filter's scale, a float32, 23-24 how far this
 *             channel's weights are shifted left beyond the layer's weight_shift, 25-39 the bias,
 *             signed; or, in a wide record, that shift in a byte, the bias and the multiplier,
 * int32
 *
 * A record of 14 (wide: 18) bytes has no alignment. The multiplier of one that is not wide is the
 * product of 2^23 + f and the layer's ratio of scales, a fraction of 2^39, rounded to 31 bits: the
 * packer has made sure that it comes out as TensorFlow Lite computes it.
 *
 * With s = weight_shift + extra, all weights and
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

/* What the records of a layer have in common. */
typedef struct {
  uint32_t ratio; /* the ratio of scales, upper 31 bits; 0: records are wide */
  uint32_t ratio_low;
  uint32_t weight_shift;
  int32_t rounding; /* but for 2^(s - 2) */
} td_depthwise_layer;

/* The product of a scale's 24 bits, in the upper bits of a word, and the ratio, rounded to 31 bits.
 */
static inline int32_t td_depthwise_multiplier(const td_depthwise_layer *layer, uint32_t scale) {
  uint64_t product = (uint64_t)scale * layer->ratio + (scale >> 8) * layer->ratio_low;
  if (product >> 62 == 0) {
    product <<= 1;
  }
  return (int32_t)((uint32_t)(product >> 32) + ((uint32_t)product >> 31));
}

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
    const uint32_t word = td_load_word(record);
    *shift = layer->weight_shift + (word >> 23 & 3u);
    bias = (uint32_t)((int32_t)td_load_word(record + 1) >> 17);
    channel->multiplier = td_depthwise_multiplier(layer, word << 9 >> 1 | 0x80000000u);
    record += 5;
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
