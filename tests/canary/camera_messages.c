/* The messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "camera_messages.h"

#include <string.h>

/* What could stand anywhere in a JSON object. */
#define PERSONAL                                                                                                      \
    "\"age\":~n:age~,\"gender\":\"~t:gender~\",\"face_id\":~n:face~,\"faceId\":\"~t:face~\",\"name_of\":\"~t:person~" \
    "\","                                                                                                             \
    "\"sub_label\":[\"~t:sub_label~\",0.93],\"recognized_license_plate\":\"~t:plate~\",\"plate\":\"~t:plate~\","      \
    "\"snapshot\":{\"jpeg\":\"~t:snapshot~\"},\"image\":\"data:image/jpeg;base64,~t:image~\",\"videoPath\":"          \
    "\"/media/"                                                                                                       \
    "~t:video~.mp4\",\"clothing\":{\"upper\":\"~t:clothes~\"},\"lat\":35.~n:latitude~,\"lon\":139.~n:longitude~"

static const struct yk_canary_message messages[] = {
    {
        .dialect = "deepstream",
        .text = "{\"version\":\"4.0\",\"id\":\"~K~\",\"@timestamp\":\"~T~\",\"sensorId\":\"~t:sensor~\",\"objects\":["
                "\"~n:track~|~X~|300|~X2~|700|Person|#|~t:gender~|~t:age~|~t:hair~|~t:cap~|~t:apparel~|0.66\","
                "\"~n:car~|0|0|9|9|Car|#|~t:plate~|~t:region~|0.5\"]," PERSONAL "}",
    },
    {
        .dialect = "deepstream_full",
        .text =
            "{\"messageid\":\"~t:message~\",\"mdsversion\":\"1.0\",\"@timestamp\":\"~T~\",\"place\":{\"id\":\"~t:place~"
            "\","
            "\"name\":\"~t:garage~\",\"location\":{\"lat\":30.~n:latitude~,\"lon\":-40.~n:longitude~}},\"sensor\":{"
            "\"id\":\"~t:sensor~\",\"description\":\"~t:described~\",\"location\":{\"lat\":45.~n:sensor_latitude~}},"
            "\"analyticsModule\":{\"id\":\"~t:module~\",\"source\":\"~t:source~\"},\"object\":{\"id\":\"~n:track~\","
            "\"speed\":0.5,\"person\":{\"age\":~n:age~,\"gender\":\"~t:gender~\",\"hair\":\"~t:hair~\",\"cap\":\"~t:"
            "cap~\","
            "\"apparel\":\"~t:apparel~\",\"confidence\":0.9},\"face\":{\"name\":\"~t:face~\",\"glasses\":\"~t:glasses~"
            "\"},"
            "\"bbox\":{\"topleftx\":~X~,\"toplefty\":481,\"bottomrightx\":~X2~,\"bottomrighty\":569},\"location\":{"
            "\"lat\":35.~n:person_latitude~},\"signature\":[0.~n:embedding~]},\"event\":{\"id\":\"~t:event~\",\"type\":"
            "\"moving\"},\"videoPath\":\"~t:video~\"}\n"
            "{\"messageid\":\"~t:message~\",\"@timestamp\":\"~T~\",\"sensor\":{\"id\":\"~t:sensor~\"},\"object\":{"
            "\"id\":"
            "\"~n:car~\",\"vehicle\":{\"license\":\"~t:plate~\",\"licenseState\":\"~t:state~\",\"color\":\"~t:color~\"}"
            ","
            "\"bbox\":{\"topleftx\":1,\"toplefty\":1,\"bottomrightx\":2,\"bottomrighty\":2}}}",
    },
    {
        .dialect = "axis",
        .text =
            "{\"channel_id\":1,\"timestamp\":\"~T~\",\"serial\":\"~t:serial~\",\"detections\":[{\"object_track_id\":"
            "\"~t:track~\",\"bounding_box\":{\"left\":~U~,\"top\":0.2365,\"right\":~U2~,\"bottom\":0.9853},\"class\":{"
            "\"type\":\"Human\",\"score\":0.7,\"upper_clothing_colors\":[{\"name\":\"~t:clothes~\",\"score\":0.5}],"
            "\"lower_clothing_colors\":[{\"name\":\"~t:trousers~\"}],\"bag_type\":\"~t:bag~\"},\"image\":{\"data\":"
            "\"~t:snapshot~\"},\"geoposition\":{\"latitude\":35.~n:latitude~}," PERSONAL "},{\"object_track_id\":"
            "\"~t:head~\",\"bounding_box\":{\"left\":0.4,\"top\":0.2,\"right\":0.5,\"bottom\":0.3},\"class\":{\"type\":"
            "\"Head\",\"hat_type\":\"~t:hat~\"}},{\"object_track_id\":\"~t:car~\",\"bounding_box\":{\"left\":0.4,"
            "\"top\":0.2,"
            "\"right\":0.5,\"bottom\":0.3},\"class\":{\"type\":\"Car\",\"license_plate\":{\"text\":\"~t:plate~\"}}}],"
            "\"track_events\":[{\"type\":\"Rename\",\"from_id\":\"~t:was~\",\"to_id\":\"~t:is~\"},{\"type\":"
            "\"TrackEnded\","
            "\"object_track_id\":\"~t:ended~\"}]}",
        .tail =
            "{\"frame\":{\"timestamp\":\"~T~\",\"observations\":[{\"track_id\":\"~t:track~\",\"bounding_box\":{"
            "\"left\":0.1,\"top\":"
            "0.2,\"right\":0.2,\"bottom\":0.9},\"class\":{\"type\":\"Human\",\"lower_clothing_colors\":[{\"name\":"
            "\"~t:trousers~\"}]}," PERSONAL "}],\"operations\":[{\"type\":\"DeleteOperation\",\"id\":\"~t:ended~\"}]}}",
    },
    {
        .dialect = "onvif",
        .text = "{\"Frame\":[{\"@UtcTime\":\"~T~\",\"@Source\":\"~t:source~\",\"Object\":[{\"@ObjectId\":~n:track~,"
                "\"Appearance\":{"
                "\"Shape\":{\"BoundingBox\":{\"@left\":~V~,\"@top\":0.5,\"@right\":~V2~,\"@bottom\":-0.5},"
                "\"CenterOfGravity\":{"
                "\"@x\":~V~,\"@y\":0.0}},\"Class\":{\"Type\":[{\"@Likelihood\":0.8,\"#text\":\"Human\"}]},"
                "\"HumanFace\":{\"Age\":{"
                "\"Min\":~n:age~},\"Gender\":\"~t:gender~\",\"Hair\":\"~t:hair~\"},\"HumanBody\":{\"Clothing\":\"~t:"
                "clothes~\"},"
                "\"ImageRef\":\"~t:image~\",\"Image\":\"~t:snapshot~\",\"LicensePlateInfo\":{\"PlateNumber\":\"~t:"
                "plate~\"},"
                "\"GeoLocation\":{\"@lon\":139.~n:longitude~,\"@lat\":35.~n:latitude~}}}]}]}",
        .tail = "{\"UtcTime\":\"~T~\",\"Source\":{\"VideoSource\":\"~t:source~\",\"Rule\":\"Fence1\"},\"Data\":{"
                "\"ObjectId\":"
                "\"~n:track~\",\"Likelihood\":\"0.~n:likelihood~\",\"PlateNumber\":\"~t:plate~\",\"Image\":\"~t:"
                "snapshot~\"}," PERSONAL "}",
    },
    {
        .dialect = "onvif_xml",
        .text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><tt:MetadataStream "
            "xmlns:tt=\"http://www.onvif.org/ver10/schema\">"
            "<tt:VideoAnalytics><tt:Frame UtcTime=\"~T~\" Source=\"~t:source~\"><tt:Object ObjectId=\"~n:track~\">"
            "<tt:Appearance><tt:Shape><tt:BoundingBox left=\"~V~\" top=\"0.5\" right=\"~V2~\" bottom=\"-0.5\"/>"
            "<tt:CenterOfGravity x=\"~V~\" y=\"0\"/></tt:Shape><tt:Class><tt:Type Likelihood=\"0.8\">Human</tt:Type>"
            "</tt:Class><tt:HumanFace><tt:Age><tt:Min>~n:age~</tt:Min></tt:Age><tt:Gender>~t:gender~</tt:Gender>"
            "</tt:HumanFace><tt:HumanBody><tt:Clothing>~t:clothes~</tt:Clothing></tt:HumanBody><tt:ImageRef>~t:image~"
            "</tt:ImageRef><tt:Image>~t:snapshot~</tt:Image><tt:LicensePlateInfo><tt:PlateNumber>~t:plate~"
            "</tt:PlateNumber></tt:LicensePlateInfo><tt:GeoLocation lon=\"139.~n:longitude~\" lat=\"35.~n:latitude~\"/>"
            "</tt:Appearance></tt:Object></tt:Frame></tt:VideoAnalytics></tt:MetadataStream>",
        .tail =
            "<tt:MetadataStream xmlns:tt=\"http://www.onvif.org/ver10/schema\" "
            "xmlns:wsnt=\"http://docs.oasis-open.org/wsn/b-2\">"
            "<tt:Event><wsnt:NotificationMessage><wsnt:Topic>tns1:RuleEngine/LineDetector/Crossed</"
            "wsnt:Topic><wsnt:Message>"
            "<tt:Message UtcTime=\"~T~\" PropertyOperation=\"Changed\"><tt:Source><tt:SimpleItem Name=\"Rule\" "
            "Value=\"Fence1\"/><tt:SimpleItem Name=\"VideoSource\" "
            "Value=\"~t:source~\"/></tt:Source><tt:Data><tt:SimpleItem "
            "Name=\"ObjectId\" Value=\"~n:track~\"/><tt:SimpleItem Name=\"PlateNumber\" Value=\"~t:plate~\"/></tt:Data>"
            "</tt:Message></wsnt:Message></wsnt:NotificationMessage></tt:Event></tt:MetadataStream>",
    },
    {
        .dialect = "xovis",
        .text =
            "{\"live_data\":{\"package_info\":{\"version\":\"5.0\",\"id\":~K~,\"agent_name\":\"~t:agent~\"},\"sensor_"
            "info\":{"
            "\"serial_number\":\"~t:serial~\",\"name\":\"~t:device~\",\"group\":\"~t:group~\",\"ipv4\":\"~t:address~\"}"
            ","
            "\"frames\":[{\"framenumber\":~K~,\"time\":\"~T~\",\"tracked_objects\":[{\"track_id\":~n:track~,"
            "\"track_id_str\":\"~t:track~\",\"type\":\"PERSON\",\"position\":[~X~,500.5,1.72],\"attributes\":{\"tag\":"
            "\"~t:tag~\",\"gender\":\"~t:gender~\",\"person_height\":1.~n:height~,\"face_mask\":\"~t:mask~\","
            "\"view_direction\":[0.~n:view~,1]}}],\"events\":[{\"type\":\"~t:event~\"}]}]}}",
        .tail =
            "{\"logics_data\":{\"package_info\":{\"version\":\"5.0\",\"id\":~n:package~,\"from\":\"~B~\",\"to\":\"~T~"
            "\","
            "\"agent_name\":\"~t:agent~\"},\"sensor_info\":{\"serial_number\":\"~t:serial~\",\"name\":\"~t:device~\","
            "\"group\":"
            "\"~t:group~\"},\"logics\":[{\"id\":1000,\"name\":\"Entry\",\"info\":\"XLT_LINE_IN_OUT_COUNT\","
            "\"geometries\":[{"
            "\"id\":1,\"type\":\"LINE\",\"name\":\"~t:geometry~\"}],\"records\":[{\"from\":\"~B~\",\"to\":\"~T~\","
            "\"samples\":600,"
            "\"samples_expected\":600,\"counts\":[{\"id\":1,\"name\":\"fw\",\"value\":3},{\"id\":2,\"name\":\"bw\","
            "\"value\":2},{"
            "\"id\":3,\"name\":\"fw-male\",\"value\":~n:men~},{\"id\":4,\"name\":\"~t:gender~\",\"value\":1}]}]}]}}",
    },
    {
        .dialect = "frigate",
        .text =
            "{\"type\":\"update\",\"before\":{\"id\":\"~t:track~\",\"camera\":\"~t:camera~\",\"frame_time\":~E~,"
            "\"label\":"
            "\"person\",\"sub_label\":\"~t:sub_label~\",\"false_positive\":false,\"current_zones\":[],\"entered_"
            "zones\":[],"
            "\"snapshot\":{\"frame_time\":~E~,\"path\":\"~t:snapshot~\"}},\"after\":{\"id\":\"~t:track~\",\"camera\":"
            "\"~t:camera~\",\"frame_time\":~E~,\"label\":\"person\",\"top_score\":0.95,\"false_positive\":false,"
            "\"start_time\":~E~,\"end_time\":null,\"box\":[~X~,496,~X2~,854],\"current_zones\":[\"yard\"],"
            "\"entered_zones\":[\"yard\"],\"thumbnail\":\"~t:thumbnail~\",\"attributes\":{\"face\":0.8},"
            "\"current_attributes\":[{\"label\":\"~t:attribute~\"}],\"path_data\":[[0.~n:path~,0.5]]," PERSONAL "}}\n"
            "{\"type\":\"new\",\"before\":{},\"after\":{\"id\":\"~t:car~\",\"camera\":\"~t:camera~\",\"frame_time\":~E~"
            ","
            "\"label\":\"car\",\"false_positive\":false,\"current_zones\":[\"yard\"],\"entered_zones\":[\"yard\"],"
            "\"recognized_license_plate\":\"~t:plate~\"}}",
    },
    {
        .dialect = "opendatacam",
        .text =
            "{\"timestamp\":\"~T~\",\"area\":\"94afa4f8\",\"name\":\"person\",\"id\":~n:track~,\"bearing\":155,"
            "\"countingDirection\":\"rightleft_bottomtop\",\"angleWithLine\":0.~n:angle~," PERSONAL "}\n"
            "{\"timestamp\":\"~T~\",\"area\":\"yard\",\"name\":\"person\",\"id\":\"~t:track~\",\"countingDirection\":"
            "\"entering_zone\"}\n"
            "{\"timestamp\":\"~T~\",\"area\":\"94afa4f8\",\"name\":\"~t:class~\",\"id\":~n:track~,"
            "\"countingDirection\":"
            "\"rightleft_bottomtop\"}",
        .tail = "\"Timestamp\",\"Counter area\",\"ObjectClass\",\"UniqueID\",\"CountingDirection\",\"Note\"\n"
                "\"~T~\",\"94afa4f8\",\"person\",~n:track~,\"rightleft_bottomtop\",\"~t:note~\"\n"
                "\"~T~\",\"94afa4f8\",\"~t:class~\",~n:track~,\"rightleft_bottomtop\",\"~t:note~\"",
    },
    {
        .dialect = "axis_counter",
        .text = "{\"topic\":\"axis:CameraApplicationPlatform/ObjectAnalytics/"
                "Device1Scenario2\",\"timestamp\":~M~,\"serial\":"
                "\"~t:serial~\",\"message\":{\"source\":{},\"key\":{},\"data\":{\"scenario\":\"Crossline\",\"reason\":"
                "\"human\","
                "\"total\":\"~K~\",\"totalHuman\":\"~K~\",\"totalCar\":\"~n:cars~\",\"objectId\":\"~n:track~\","
                "\"resetTime\":"
                "\"2026-09-30T00:00:00Z\"," PERSONAL "}}}",
        .tail =
            "{\"serial\":\"~t:serial~\",\"name\":\"~t:device~\",\"timestamp\":\"~C~\",\"in\":20,\"out\":21," PERSONAL
            "}",
    },
    {
        .dialect = "hikvision",
        .text =
            "<EventNotificationAlert version=\"2.0\" "
            "xmlns=\"http://www.isapi.org/ver20/XMLSchema\"><ipAddress>~t:address~"
            "</ipAddress><macAddress>~t:mac~</macAddress><channelID>1</channelID><channelName>~t:channel~</channelName>"
            "<dateTime>~T~</dateTime><eventType>PeopleCounting</eventType><eventState>active</eventState>"
            "<eventDescription>~t:described~</eventDescription><deviceID>~t:device~</deviceID><peopleCounting>"
            "<statisticalMethods>realTime</statisticalMethods><RealTime><time>~T~</time></RealTime><enter>~K~</enter>"
            "<exit>~K~</exit><duplicatePeople>4</duplicatePeople><childEnter>~n:children~</childEnter></peopleCounting>"
            "<FaceCapture><age>~n:age~</age><gender>~t:gender~</gender><glass>~t:glasses~</glass><faceName>~t:person~"
            "</faceName></FaceCapture><bkgUrl>~t:image~</bkgUrl><ANPR><licensePlate>~t:plate~</licensePlate></ANPR>"
            "<isDataRetransmission>false</isDataRetransmission></EventNotificationAlert>",
        .tail =
            "<EventNotificationAlert "
            "version=\"2.0\"><macAddress>~t:mac~</macAddress><channelName>~t:channel~</channelName>"
            "<dateTime>~T~</dateTime><eventType>PeopleCounting</eventType><eventState>active</"
            "eventState><peopleCounting>"
            "<statisticalMethods>timeRange</statisticalMethods><TimeRange><startTime>~B~</startTime><endTime>~T~</"
            "endTime>"
            "</TimeRange><enter>7</enter><exit>5</exit><age>~n:age~</age></peopleCounting></EventNotificationAlert>",
    },
    {
        .dialect = "milesight",
        .text =
            "{\"device_info\":{\"device_name\":\"~t:device~\",\"device_sn\":\"~t:serial~\",\"device_mac\":\"~t:mac~\","
            "\"ip_address\":\"~t:address~\",\"custom_id\":\"~t:custom~\",\"running_time\":1325},\"time_info\":{"
            "\"start_time\":\"~LB~\",\"end_time\":\"~L~\",\"time_zone\":\"UTC+9:00 Japan Time "
            "(JST)\",\"enable_dst\":0},"
            "\"line_periodic_data\":[{\"line\":1,\"line_name\":\"~t:line_name~\",\"total\":{\"in\":3,\"out\":2},"
            "\"children\":{"
            "\"in\":~n:children~},\"male\":{\"in\":~n:men~},\"female\":{\"in\":~n:women~}}],\"line_total_data\":[{"
            "\"line\":1,"
            "\"total\":{\"in_counted\":~K~,\"out_counted\":~K~,\"capacity_counted\":0}}],\"dwell_time_data\":[{"
            "\"region\":1,"
            "\"people_id\":~n:track~,\"dwell_start_time\":\"~L~\",\"duration\":~n:dwell~}]," PERSONAL "}",
    },
    {
        .dialect = "chirpstack",
        .text =
            "{\"deduplicationId\":\"~t:message~\",\"time\":\"~T~\",\"deviceInfo\":{\"tenantId\":\"~t:tenant~\","
            "\"tenantName\":"
            "\"~t:owner~\",\"applicationName\":\"~t:application~\",\"deviceName\":\"~t:device~\",\"devEui\":\"~t:eui~"
            "\",\"tags\":{"
            "\"street\":\"~t:street~\"}},\"devAddr\":\"~t:address~\",\"fCnt\":~K~,\"fPort\":85,\"data\":\"~t:data~\","
            "\"object\":{"
            "\"line_1_total_in\":~K~,\"line_1_total_out\":~K~,\"line_1_child_total_in\":~n:children~,\"line_2_in\":1,"
            "\"sn\":\"~t:serial~\"," PERSONAL "},\"rxInfo\":[{\"gatewayId\":\"~t:gateway~\",\"location\":{\"latitude\":"
            "35.~n:latitude~,\"longitude\":139.~n:longitude~},\"metadata\":{\"region\":\"~t:region~\"}}]}",
        .tail = "{\"applicationName\":\"~t:application~\",\"deviceName\":\"~t:device~\",\"devEUI\":\"~t:other_eui~\","
                "\"fCnt\":1,"
                "\"rxInfo\":[{\"time\":\"~T~\",\"name\":\"~t:gateway~\"}],\"objectJSON\":\"{\\\"in\\\":1,\\\"x\\\":"
                "\\\"~t:data~\\\"}\"}",
    },
    {
        .dialect = "paxcounter",
        .text = "{\"wifi\":~K~,\"ble\":~K~,\"pax\":2,\"time\":~M~,\"device\":\"~t:device~\",\"mac\":\"~t:mac~\","
                "\"macs\":[\"~t:phone~\"],"
                "\"latitude\":35.~n:latitude~,\"longitude\":139.~n:longitude~," PERSONAL "}",
    },
    {
        .dialect = "events",
        .text =
            "{\"time\":\"~T~\",\"site\":\"~t:site~\",\"tracks\":[{\"id\":\"~t:track~\",\"x\":~X~,\"y\":700,\"class\":"
            "\"person\"," PERSONAL
            "},{\"id\":~n:other~,\"x\":~X2~,\"y\":650},{\"id\":~n:dog~,\"x\":1,\"y\":1,\"class\":\"~t:class~\"}],"
            "\"renamed\":[[\"~t:was~\",\"~t:is~\"]],\"ended\":[\"~t:ended~\"]," PERSONAL "}\n"
            "{\"time\":\"~T~\",\"line\":\"north\",\"direction\":\"in\",\"id\":\"~t:track~\"," PERSONAL "}\n"
            "{\"time\":\"~T~\",\"zone\":\"yard\",\"id\":\"~t:track~\",\"inside\":true," PERSONAL "}\n"
            "{\"from\":\"~B~\",\"to\":\"~T~\",\"line\":\"north\",\"in\":3,\"out\":2,\"by\":\"~t:surveyor~\"," PERSONAL
            "}",
    },
    {
        .dialect = "counts_csv",
        .head = "from,to,line,in,out,surveyor,remark,age",
        .text = "~B~,~T~,north,~K~,2,\"~t:surveyor~\",\"~t:remark~, \"\"~t:person~\"\"\",~n:age~",
    },
    {
        .dialect = "mot",
        .head = "# ~t:video~ ~t:person~",
        .text = "~F1~,~n:track~,~X~,300,40,400,1,1,0.~n:visibility~\n~F1~,~n:child~,~X2~,300,40,400,1,1,1",
    },
    {
        .dialect = "csv",
        .head = "frame,id,x,y,name,gender,age",
        .text = "~F~,~n:track~,~X~,500,~t:person~,~t:gender~,~n:age~",
    },
    {
        .dialect = "edinburgh",
        .head = "% ~t:video~",
        .text = "TRACK.R~n:track~=[[~X~ 500 ~F~];[~X2~ 500 ~F1~]];",
    },
    {
        .dialect = "obsmat",
        .head = "# ~t:video~ ~t:person~",
        .text = "~F~ ~n:track~ ~X~ 0 500 0.~n:speed~ 0 0.1",
    },
    {
        .dialect = "trajectory",
        .head = "# ~t:video~ ~t:person~\n# id frame x y z",
        .text = "~n:track~ ~F~ ~X~ 500 1.~n:height~",
    },
};

const struct yk_canary_message *yk_canary_message_of(const char *dialect)
{
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (strcmp(messages[i].dialect, dialect) == 0)
            return &messages[i];
    return NULL;
}
