/*
 * Writes the layers of a network as Darknet itself computes them: darknet-layers CFG OUT.csv
 *
 * Compiled against an unchanged, built Darknet checkout (see README.md); checkDarknet.ts does that. Its parser is
 * included here, so that every layer can be written the moment it is made, even if Darknet gives up on a later one.
 * Compiled with NDEBUG, which lifts the parser's assertion that a shortcut adds maps of one size: Darknet of 2019
 * had none, and the published ResNets need that.
 */
#include "darknet.h"
#include "option_list.h"

static FILE *rows;

static long conv_params(const layer *l) {
    return l->nweights + l->n + (l->batch_normalize ? 3L * l->n : 0);
}

static long connected_params(const layer *l) {
    return (long)l->outputs * l->inputs + l->outputs + (l->batch_normalize ? 3L * l->outputs : 0);
}

/* Floats that save_weights_upto writes for the layer. */
static long params(const layer *l) {
    long total = 0;
    switch (l->type) {
    case CONVOLUTIONAL: return l->share_layer ? 0 : conv_params(l);
    case SHORTCUT:
    case IMPLICIT: return l->nweights;
    case CONNECTED: return connected_params(l);
    case BATCHNORM: return 4L * l->c;
    case LOCAL: return l->outputs + (long)l->size * l->size * l->c * l->n * l->out_w * l->out_h;
    case RNN:
        return connected_params(l->input_layer) + connected_params(l->self_layer) + connected_params(l->output_layer);
    case CRNN: return conv_params(l->input_layer) + conv_params(l->self_layer) + conv_params(l->output_layer);
    case GRU:
        return connected_params(l->input_z_layer) + connected_params(l->input_r_layer) +
               connected_params(l->input_h_layer) + connected_params(l->state_z_layer) +
               connected_params(l->state_r_layer) + connected_params(l->state_h_layer);
    case LSTM:
        return connected_params(l->wf) + connected_params(l->wi) + connected_params(l->wg) + connected_params(l->wo) +
               connected_params(l->uf) + connected_params(l->ui) + connected_params(l->ug) + connected_params(l->uo);
    case CONV_LSTM:
        if (l->peephole) total += conv_params(l->vf) + conv_params(l->vi) + conv_params(l->vo);
        if (!l->bottleneck) total += conv_params(l->wi) + conv_params(l->wg) + conv_params(l->wo);
        return total + conv_params(l->wf) + conv_params(l->uf) + conv_params(l->ui) + conv_params(l->ug) +
               conv_params(l->uo);
    default: return 0;
    }
}

static void write_row(int index, const char *section, const layer *l) {
    /* The filter of an antialiased layer decides what the next layer sees. */
    const layer *out = l->antialiasing ? l->input_layer : l;
    fprintf(rows, "%d,%s,%d,%d,%d,%d,%d,%d,%d,%.9g,%ld\n", index, section, l->w, l->h, l->c, out->out_w, out->out_h,
            out->out_c, out->outputs, l->bflops, params(l));
    fflush(rows);
}

/* Called once for each layer, when it is complete: `count`, `s` and `l` are the parser's own variables. */
#define option_unused(options) write_row(count, s->type, &l)
#include "parser.c"

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s CFG OUT.csv\n", argv[0]);
        return 2;
    }
    rows = fopen(argv[2], "w");
    if (!rows) return 2;
    fprintf(rows, "index,section,in_w,in_h,in_c,out_w,out_h,out_c,outputs,bflops,params\n");
    fflush(rows);
    parse_network_cfg_custom(argv[1], 1, 1);
    return 0;
}
