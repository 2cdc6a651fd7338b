// The public classes and functions of the libraries that the guides map, as their sources name them.

export const NAMES: Readonly<Record<string, readonly string[]>> = {
  norse: (
    'CircDist CobaLIFAdjointFunction CobaLIFCell CobaLIFFeedForwardState CobaLIFParameters CobaLIFState ' +
    'ConstantCurrentLIFEncoder ConvBNReLU ConvNet ConvNet4 CorrelationSensorParameters ' +
    'CorrelationSensorState CubaLIF ExpFilter HeaviCirc HeaviErfc HeaviTanh IAF IAFCell ' +
    'IAFFeedForwardState IAFParameters IAFState InvertedResidual Izhikevich IzhikevichCell ' +
    'IzhikevichParameters IzhikevichRecurrent IzhikevichRecurrentCell IzhikevichRecurrentState ' +
    'IzhikevichSpikingBehavior IzhikevichState LConv2d LI LIBox LIBoxCell LIBoxParameters LIBoxState ' +
    'LICell LIF LIFAdEx LIFAdExCell LIFAdExFeedForwardState LIFAdExParameters LIFAdExRecurrent ' +
    'LIFAdExRecurrentCell LIFAdExRefracCell LIFAdExRefracFeedForwardState LIFAdExRefracParameters ' +
    'LIFAdExRefracRecurrent LIFAdExRefracRecurrentCell LIFAdExRefracState LIFAdExState LIFAdjointFunction ' +
    'LIFAdjointRefracFeedForwardFunction LIFAdjointRefracFunction LIFBox LIFBoxCell ' +
    'LIFBoxFeedForwardState LIFBoxParameters LIFBoxState LIFCell LIFCorrelation LIFCorrelationParameters ' +
    'LIFCorrelationState LIFEx LIFExCell LIFExFeedForwardState LIFExParameters LIFExRecurrent ' +
    'LIFExRecurrentCell LIFExState LIFFeedForwardAdjointFunction LIFFeedForwardSparseAdjointFunction ' +
    'LIFFeedForwardState LIFMCAdjointFunction LIFMCRecurrentCell LIFMCRefracAdjointFunction ' +
    'LIFMCRefracRecurrentCell LIFParameters LIFRecurrent LIFRecurrentCell LIFRefracCell ' +
    'LIFRefracFeedForwardState LIFRefracParameters LIFRefracRecurrent LIFRefracRecurrentCell ' +
    'LIFRefracState LIFSparseAdjointFunction LIFSparseAdjointRefracFunction LIFState LILinearCell ' +
    'LIParameters LIState LSNN LSNNAdjointFunction LSNNCell LSNNFeedForwardAdjointFunction ' +
    'LSNNFeedForwardState LSNNParameters LSNNRecurrent LSNNRecurrentCell LSNNState Lift Logistic ' +
    'MobileNetV2 MultipleInheritanceNamedTupleMeta ParameterizedSpatialReceptiveField2d PoissonEncoder ' +
    'PoissonEncoderStep PopulationEncoder RecurrentSequential RecurrentSequentialState RegularizationCell ' +
    'SNN SNNCell SNNRecurrent SNNRecurrentCell STDPParameters STDPSensorParameters STDPSensorState ' +
    'STDPState SampledSpatialReceptiveField2d SequentialState SignedPoissonEncoder ' +
    'SignedPoissonEncoderStep SpatialReceptiveField2d SpikeLatencyEncoder SpikeLatencyLIFEncoder ' +
    'SpikesToTimesDecoder StateTuple SuperSpike TemporalReceptiveField ToSpikeTimes Triangle ' +
    'TsodyksMakramParameters TsodyksMakramState VGG ada_lif_step broadcast_input calculate_normalization ' +
    'circ_dist_fn clone_tensor coba_lif_adjoint_step coba_lif_feed_forward_step coba_lif_step ' +
    'compute_refractory_update constant_current_lif_encode correlation_based_update ' +
    'correlation_sensor_step covariance_matrix create_izhikevich_spiking_behavior default_bio_parameters ' +
    'derive_kernel derive_spatial_receptive_field derive_spatial_receptive_field_single ' +
    'euclidean_distance exp_filter_step from_nir gaussian_kernel gaussian_rbf heavi_circ_fn heavi_erfc_fn ' +
    'heavi_tanh_fn heaviside hook_spike_activity_mean hook_spike_activity_sum hook_spike_histogram_mean ' +
    'hook_spike_histogram_sum hook_spike_image iaf_feed_forward_step iaf_step ' +
    'izhikevich_feed_forward_step izhikevich_recurrent_step li_box_feed_forward_step li_box_step ' +
    'li_feed_forward_step li_step lif_adex_current_encoder lif_adex_feed_forward_step ' +
    'lif_adex_refrac_feed_forward_step lif_adex_refrac_step lif_adex_step lif_adjoint_step ' +
    'lif_adjoint_step_sparse lif_box_feed_forward_step lif_correlation_step lif_current_encoder ' +
    'lif_ex_current_encoder lif_ex_feed_forward_step lif_ex_step lif_feed_forward_adjoint_step ' +
    'lif_feed_forward_adjoint_step_sparse lif_feed_forward_integral lif_feed_forward_step ' +
    'lif_feed_forward_step_sparse lif_mc_adjoint_step lif_mc_feed_forward_step lif_mc_refrac_adjoint ' +
    'lif_mc_refrac_feed_forward_step lif_mc_refrac_step lif_mc_step lif_refrac_adjoint_step ' +
    'lif_refrac_adjoint_step_sparse lif_refrac_feed_forward_adjoint_step lif_refrac_feed_forward_step ' +
    'lif_refrac_step lif_refrac_step_sparse lif_step lif_step_integral lif_step_sparse lift logical_and ' +
    'logical_or logical_xor logistic_fn lsnn_adjoint_step lsnn_feed_forward_adjoint_step ' +
    'lsnn_feed_forward_step lsnn_step make_layers map_only mobilenet_v2 muller_c plot_heatmap_2d ' +
    'plot_heatmap_3d plot_histogram_2d plot_izhikevich plot_neuron_states plot_scatter_3d plot_spikes_2d ' +
    'poisson_encode poisson_encode_step population_encode posedge_detector post_mask post_pre_update ' +
    'pre_mask register_tuple regularize_step reset_subtract reset_value sign signed_poisson_encode ' +
    'signed_poisson_encode_step spatial_parameters spatial_receptive_field ' +
    'spatial_receptive_fields_with_derivatives spatio_temporal_parameters spike_accumulator ' +
    'spike_latency_encode spike_latency_lif_encode stdp_sensor_step stdp_step_conv2d stdp_step_linear ' +
    'stp_step sum_decode super_fn temporal_scale_distribution threshold to_nir tree_map_only triangle_fn ' +
    'vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn voltage_accumulator'
  ).split(' '),
  snntorch: (
    'ATan Alpha AttributeMonitor BPTT BaseMonitor BatchNormTT1d BatchNormTT2d CustomSurrogate DeltaLeaky ' +
    'FastSigmoid GradInputMonitor GradOutputMonitor GradedSpikes Heaviside InputMonitor LIF LSO Lapicque ' +
    'Leaky LeakyKernel LeakyParallel LeakySpikeOperator LinearLeaky LossFunctions OutputMonitor RLeaky ' +
    'RSynaptic RTRL RecurrentOneToOne SConv2dLSTM SFS SLSTM SSO STDPLearner Sigmoid SparseFastSigmoid ' +
    'SpikeRateEscape SpikeTime SpikingNeuron StateLeaky StateQuant StochasticSpikeOperator ' +
    'StraightThroughEstimator Synaptic TBPTT Triangular accuracy_rate accuracy_temporal animator atan ' +
    'causal_conv1d ce_count_loss ce_max_membrane_loss ce_rate_loss ce_temporal_loss custom_surrogate ' +
    'data_subset delta export_to_nir fast_sigmoid from_one_hot heaviside import_from_nir l1_rate_sparsity ' +
    'latency latency_code latency_code_linear latency_code_log latency_interpolate mse_count_loss ' +
    'mse_membrane_loss mse_temporal_loss mstdp_linear_single_step mstdpet_linear_single_step raster rate ' +
    'rate_conv rate_interpolate reset sigmoid spike_count spike_rate_escape state_quant ' +
    'stdp_conv1d_single_step stdp_conv2d_single_step stdp_linear_single_step straight_through_estimator ' +
    'target_rate_code targets_convert targets_latency targets_rate to_one_hot to_one_hot_inverse traces ' +
    'triangular unpack_len1_tuple valid_split'
  ).split(' '),
  rnnbuilder: (
    'Adaptive BatchNorm2d Conv2d Cooldown CustomModule Discontinuous InputBase LIF LSTM Layer LayerBase ' +
    'LayerInput Linear List MaxPool2d ModuleFactory Network NoReset OuterModule Placeholder ReLU ' +
    'Sequential Sigmoid SpikeLinear Stack Sum Tanh TempConvPlus2d register_non_recurrent ' +
    'register_recurrent'
  ).split(' '),
  tracetorch: (
    'DLI DLIB DLIEMA DLIT DLITS DRLIB DRLIT DRLITS DSLI DSLIB DSLIEMA DSLIT DSLITS DSRLIB DSRLIT DSRLITS ' +
    'GRU LI LIB LIEMA LIT LITS LSTM Layer Mamba MeasurementManager Model RLIB RLIT RLITS S4 S5 S6 SLI ' +
    'SLIB SLIEMA SLIT SLITS SRLIB SRLIT SRLITS SimpleRNN decay_to_halflife decay_to_timesteps ' +
    'distributions halflife_to_decay line_graph mamba_scale probabilistic_ste render_image round_ste ' +
    'sigmoid4x sigmoid_inverse softplus_inverse spike_train stochastic_round_ste timesteps_to_decay'
  ).split(' '),
};
