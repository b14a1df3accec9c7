/* Lines of blocks for the walks over a channel's outputs: the including file has td_window_walk and
 * `convolve_blocks`, which works off what `run` sets. */
#ifndef TD_DEPTHWISE_LINES_H
#define TD_DEPTHWISE_LINES_H

/* What follows runs once a channel or less: small is better than fast. */
#if TD_DSP
#pragma GCC optimize("Os")
#endif

/* `lines` lines, each `line` and `plane_line` bytes after the one before, of `blocks` blocks. */
static void run(td_window_walk *l, int32_t blocks, int32_t lines, int32_t line, int32_t plane_line,
                const uint32_t *planes, int8_t *output) {
  if (blocks * lines == 0) {
    return;
  }
  l->lines = lines;
  l->line_bytes = blocks * l->plane_step;
  l->output_line = line - blocks * l->output_step;
  l->plane_line = plane_line - l->line_bytes;
  convolve_blocks(planes, output, l);
}

#endif
